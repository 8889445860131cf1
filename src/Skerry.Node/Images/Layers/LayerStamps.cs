using System.Runtime.InteropServices;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Images.Layers;

/// <summary>
/// What every file of a layer looked like when its content was known to be right: inode, size, time of change, mode. As long as all look
/// so, nothing has to be read again. Of directories too, so that nothing was added.
/// </summary>
/// <remarks>
/// Kept beside the layer (<c>stamps</c>), so that a restart of the daemon need not read everything. It guards against changes through
/// the file system; bits that rot beneath it are the scrubber's. Immutable; safe for several threads.
/// </remarks>
internal sealed class LayerStamps
{
    private const string Header = "skerry-stamps 1\n";
    private const int MostBytes = 1 << 30;
    private const uint KindBits = 0xf000; // S_IFMT

    /// <summary>From so many on, two processors look.</summary>
    private const int WorthTwo = 4000;

    /// <summary>So many are looked at before they are compared.</summary>
    private const int AtOnce = 128;

    private readonly byte[] _paths;
    private readonly int[] _starts;
    private readonly FileStamp[] _stamps;
    private readonly Lazy<FileStamp[]> _programs;

    private LayerStamps(string inventory, byte[] paths, int[] starts, FileStamp[] stamps)
    {
        (Inventory, _paths, _starts, _stamps) = (inventory, paths, starts, stamps);
        _programs = new Lazy<FileStamp[]>(Programs);
    }

    /// <summary>SHA-256 of the inventory that they belong to, in hex.</summary>
    internal string Inventory { get; }

    /// <summary>How many files there are.</summary>
    internal int Count => _starts.Length;

    /// <summary>Looks at all files of an inventory now.</summary>
    internal static LayerStamps Take(FileDescriptor files, IEnumerable<string> entries, string inventory)
    {
        var paths = new MemoryStream();
        var starts = new List<int>();
        foreach (var entry in entries)
        {
            starts.Add((int)paths.Length);
            var path = entry.Length == 0 ? "." : entry;
            var bytes = new byte[FileText.MaxBytes(path.Length)];
            paths.Write(bytes, 0, FileText.Encode(path, bytes));
            paths.WriteByte(0);
        }

        var (all, at) = (paths.ToArray(), starts.ToArray());
        var stamps = new FileStamp[at.Length];
        Look(files, all, at, stamps);
        return new LayerStamps(inventory, all, at, stamps);
    }

    /// <summary>Whether all looks as it did. It allocates nothing of the layer's size.</summary>
    internal bool IsUnchanged(FileDescriptor files)
    {
        if (_starts.Length < WorthTwo || Environment.ProcessorCount < 2)
        {
            return IsUnchanged(files, 0, _starts.Length);
        }

        var half = _starts.Length / 2;
        var (first, second) = (false, false);
        Parallel.Invoke(() => first = IsUnchanged(files, 0, half), () => second = IsUnchanged(files, half, _starts.Length));
        return first && second;
    }

    /// <summary>Whether others were taken of the same state.</summary>
    internal bool IsSame(LayerStamps other) => _paths.AsSpan().SequenceEqual(other._paths) && MemoryMarshal.AsBytes(_stamps.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(other._stamps.AsSpan()));

    /// <summary>Whether a file that may be executed looks so. It allocates nothing but the first time.</summary>
    internal bool HasProgram(in FileStamp stamp)
    {
        var programs = _programs.Value;
        var (low, high) = (0, programs.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (programs[middle].Inode < stamp.Inode)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        // Several names of one file have one stamp.
        return low < programs.Length && programs[low] == stamp;
    }

    /// <summary>Some files that may be executed, with their paths below the layer's root.</summary>
    internal IEnumerable<(string Path, FileStamp Stamp)> SomePrograms(int most)
    {
        for (var (i, told) = (0, 0); i < _stamps.Length && told < most; i++)
        {
            if (IsProgram(_stamps[i]))
            {
                told++;
                yield return (PathOf(i), _stamps[i]);
            }
        }
    }

    /// <summary>The paths of files that have content, in the order of the inventory.</summary>
    internal IEnumerable<string> Contents()
    {
        for (var i = 0; i < _stamps.Length; i++)
        {
            if (IsRegular(_stamps[i]) && _stamps[i].Size > 0)
            {
                yield return PathOf(i);
            }
        }
    }

    /// <summary>header · inventory · count · length of paths · paths · stamps; whatever is not so is as good as not there.</summary>
    internal static LayerStamps? Read(byte[] file)
    {
        const int Fixed = 8;
        var start = Header.Length + 64;
        if (file.Length < start + Fixed || !file.AsSpan(0, Header.Length).SequenceEqual(Encoding.ASCII.GetBytes(Header)))
        {
            return null;
        }

        var count = BitConverter.ToInt32(file, start);
        var length = BitConverter.ToInt32(file, start + 4);
        if (count < 0 || length < 0 || file.Length != start + Fixed + (long)length + ((long)count * FileStamp.Length))
        {
            return null;
        }

        var paths = file.AsSpan(start + Fixed, length).ToArray();
        var starts = new int[count];
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            starts[i] = at;
            var end = at < length ? paths.AsSpan(at).IndexOf((byte)0) : -1;
            if (end < 0)
            {
                return null;
            }

            at += end + 1;
        }

        return at != length ? null : new LayerStamps(
            Encoding.ASCII.GetString(file, Header.Length, 64), paths, starts, MemoryMarshal.Cast<byte, FileStamp>(file.AsSpan(start + Fixed + length)).ToArray());
    }

    /// <summary>The bytes of the file.</summary>
    internal byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        stream.Write(Encoding.ASCII.GetBytes(Header));
        stream.Write(Encoding.ASCII.GetBytes(Inventory));
        stream.Write(BitConverter.GetBytes(_starts.Length));
        stream.Write(BitConverter.GetBytes(_paths.Length));
        stream.Write(_paths);
        stream.Write(MemoryMarshal.AsBytes(_stamps.AsSpan()));
        return stream.Length <= MostBytes ? stream.ToArray() : throw new ImageException(ImageProblem.Refused, $"the stamps of a layer of {_starts.Length} files have {stream.Length} bytes");
    }

    private bool IsUnchanged(FileDescriptor files, int from, int to)
    {
        Span<FileStamp> now = stackalloc FileStamp[AtOnce];
        for (var at = from; at < to; at += AtOnce)
        {
            var some = now[..Math.Min(AtOnce, to - at)];
            FileStamps.Read(files, _paths, _starts.AsSpan(at, some.Length), some);
            if (!MemoryMarshal.AsBytes(some).SequenceEqual(MemoryMarshal.AsBytes(_stamps.AsSpan(at, some.Length))) || some.Contains(default))
            {
                return false;
            }
        }

        return true;
    }

    private static void Look(FileDescriptor files, byte[] paths, int[] starts, FileStamp[] stamps)
    {
        if (starts.Length < WorthTwo || Environment.ProcessorCount < 2)
        {
            FileStamps.Read(files, paths, starts, stamps);
            return;
        }

        var half = starts.Length / 2;
        Parallel.Invoke(
            () => FileStamps.Read(files, paths, starts.AsSpan(0, half), stamps.AsSpan(0, half)),
            () => FileStamps.Read(files, paths, starts.AsSpan(half), stamps.AsSpan(half)));
    }

    private static bool IsProgram(in FileStamp stamp)
    {
        const uint Executable = 0x49; // 0111: who may not by these bits may not at all (execve(2))
        return IsRegular(stamp) && (stamp.Mode & Executable) != 0;
    }

    private static bool IsRegular(in FileStamp stamp) => (stamp.Mode & KindBits) == (uint)FileKind.Regular;

    private string PathOf(int file)
    {
        var path = _paths.AsSpan(_starts[file]);
        return FileText.Decode(path[..path.IndexOf((byte)0)]);
    }

    /// <summary>By inode.</summary>
    private FileStamp[] Programs()
    {
        var programs = Array.FindAll(_stamps, static s => IsProgram(s));
        Array.Sort(programs, static (a, b) => a.Inode.CompareTo(b.Inode));
        return programs;
    }
}
