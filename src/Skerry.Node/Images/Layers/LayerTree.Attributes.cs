using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Oci.Layers;

namespace Skerry.Node.Images.Layers;

// What directories there are, what they are said to be, and extended attributes: kept, noted or refused.
internal sealed partial class LayerTree
{
    private void MadeOnTheWay(string path, bool inPlaceOfWhiteout)
    {
        if (inPlaceOfWhiteout)
        {
            _inventory.Remove(path);
        }

        Know(path, DirectoryState.MadeOnTheWay with { IsOpaque = inPlaceOfWhiteout });
    }

    /// <summary>Remembers a directory. One short entry can make two thousand of them, each with a long path, so both are bounded.</summary>
    private void Know(string path, DirectoryState state)
    {
        if (!_directories.ContainsKey(path))
        {
            _directoryChars += path.Length;
            if (_directories.Count >= _options.LayerLimits.MaxEntries || _directoryChars > MaxDirectoryChars)
            {
                throw new ImageException(ImageProblem.Refused,
                    $"unpack {PathBytes.Printable(path)}: the layer has more directories than are taken ({_options.LayerLimits.MaxEntries}, with paths of {MaxDirectoryChars >> 20} Mi characters together)");
            }
        }

        _directories[path] = state;
    }

    private void Describe(FileDescriptor directory, string path, LayerEntry entry)
    {
        bool opaque = _directories.TryGetValue(path, out var before) && before.IsOpaque;
        if (before is { Xattrs.Count: > 0 })
        {
            // Described twice: what the earlier entry set and the later one does not must go; begin the directory's attributes anew.
            foreach (var (name, _) in before.Xattrs.Where(b => !entry.Xattrs.Any(a => a.Name == b.Key)))
            {
                throw Refuse(entry, $"the directory is described twice, and only the first time with {PathBytes.Printable(name)}");
            }
        }

        Know(path, new DirectoryState(false, (uint)entry.Mode, entry.Uid, entry.Gid, entry.MTime, opaque, SetXattrs(directory, entry)));
    }

    private IReadOnlyList<KeyValuePair<string, byte[]>> SetXattrs(FileDescriptor file, LayerEntry entry)
    {
        if (entry.Xattrs.Count == 0)
        {
            return InventoryEntry.NoXattrs;
        }

        var set = new List<KeyValuePair<string, byte[]>>();
        foreach (var attribute in entry.Xattrs)
        {
            if (LayerXattrs.Judge(attribute, entry.Type, out string reason) == XattrRule.Keep)
            {
                if (TrySetXattr(file, attribute, entry))
                {
                    set.Add(new(attribute.Name, attribute.Value.ToArray()));
                }
            }
            else
            {
                Note(entry, reason);
            }
        }

        set.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        return set;
    }

    private bool TrySetXattr(FileDescriptor file, in ExtendedAttribute attribute, LayerEntry entry)
    {
        try
        {
            FileCalls.SetXattr(file, attribute.Name, attribute.Value.Span);
            return true;
        }
        catch (LinuxException e) when (e.Error == Errno.EOPNOTSUPP)
        {
            Note(entry, $"the attribute {PathBytes.Printable(attribute.Name)} left out: the file system of the store has none");
            return false;
        }
        catch (LinuxException e) when (e.Error is Errno.E2BIG or Errno.ERANGE || (e.Error == Errno.ENOSPC && attribute.Value.Length > 1024))
        {
            // ext4 keeps attributes in one block and says ENOSPC where they do not fit, however empty the disk is.
            throw Refuse(entry, $"the attribute {PathBytes.Printable(attribute.Name)} of {attribute.Value.Length} bytes is larger than the file system of the store takes");
        }
    }

    private void NoteXattrs(LayerEntry entry)
    {
        foreach (var attribute in entry.Xattrs)
        {
            Note(entry, $"the attribute {PathBytes.Printable(attribute.Name)} left out: this is no file or directory");
        }
    }
}
