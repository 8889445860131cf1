namespace Skerry.Node.Network.Cni;

/// <summary>
/// The networks that people configured: *.conflist, *.conf and *.json, read in the order of their names as libcni does. Read at each
/// use, so a new file needs no restart. A broken file is an error only for who asks for its network by name.
/// </summary>
internal sealed class CniConfigDirectory(string path)
{
    private static readonly string[] Extensions = [".conflist", ".conf", ".json"];

    /// <summary>The network of that name, or null.</summary>
    /// <exception cref="NetworkException">No file has it, and at least one could not be read.</exception>
    internal CniConfigList? Find(string name)
    {
        NetworkException? broken = null;
        foreach (var file in Files())
        {
            try
            {
                var list = Read(file);
                if (string.Equals(list.Name, name, StringComparison.Ordinal))
                {
                    return list;
                }
            }
            catch (NetworkException error)
            {
                broken ??= error;
            }
        }

        return broken is null ? null : throw new NetworkException(
            NetworkFault.Invalid, $"network '{name}' is in no readable file of {path}; {broken.Message}", broken.Next, broken);
    }

    /// <summary>Names of all networks that can be read.</summary>
    internal IReadOnlyList<string> Names()
    {
        var names = new List<string>();
        foreach (var file in Files())
        {
            try
            {
                names.Add(Read(file).Name);
            }
            catch (NetworkException)
            {
                // Find tells about it when the network is asked for.
            }
        }

        return names;
    }

    private static CniConfigList Read(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
            var content = new byte[CniConfigList.MaxBytes + 1];
            var length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return CniConfigList.Parse(content.AsSpan(0, length), file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NetworkException(NetworkFault.Invalid, $"network configuration {file}: {error.Message}", "make the file readable, or move it away", error);
        }
    }

    private IEnumerable<string> Files() =>
        Directory.Exists(path)
            ? Directory.EnumerateFiles(path).Where(static file => Extensions.Contains(Path.GetExtension(file), StringComparer.Ordinal)).Order(StringComparer.Ordinal)
            : [];
}
