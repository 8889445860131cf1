using System.Security.Cryptography;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Configuration;
using Skerry.Oci.Trust;

namespace Skerry.Node.Policy.Trust;

/// <summary>
/// Reads policies and what they name (keys, certificates, documents), and remembers what was read, so that a change is seen. Whoever can
/// write one of these files says what runs here, so they must be root's, or the daemon's own user's, and no one else's to write.
/// </summary>
/// <param name="directory">Where the policies are.</param>
/// <param name="instead">Files that are not written yet, by the names that a policy has for them.</param>
internal sealed class TrustFiles(string directory, IReadOnlyDictionary<string, byte[]>? instead = null)
{
    private const uint WritableByOthers = 0x12; // S_IWGRP | S_IWOTH
    private const int MostFiles = 256;

    private readonly Dictionary<string, FileStatus?> _seen = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, byte[]> _contents = new(StringComparer.Ordinal); // digests

    /// <summary>A digest of the contents of all files that were read, by their names, and of what is wrong with them.</summary>
    internal string DigestWith(string problem) => PolicyDigest.Of(_contents.Select(static c => (c.Key, c.Value)).Append(("", Encoding.UTF8.GetBytes(problem))));

    /// <summary>The directory of the policies: names that are not absolute are below it.</summary>
    internal string Directory => directory;

    /// <summary>Whether all that was read is as it was.</summary>
    internal bool IsUnchanged() => _seen.All(static seen => Look(seen.Key) == seen.Value);

    /// <summary>Whether a file was read.</summary>
    internal bool HasRead(string path) => _seen.ContainsKey(path);

    /// <summary>A file as text.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or others may write it.</exception>
    internal string Text(string name)
    {
        try
        {
            return new UTF8Encoding(false, true).GetString(Bytes(name));
        }
        catch (DecoderFallbackException)
        {
            throw new ConfigurationException($"{PathOf(name)}: it is no text in UTF-8");
        }
    }

    /// <summary>A file, at most <see cref="TrustLimits.MaxRevocationList"/> of it.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, is too large, or others may write it.</exception>
    internal byte[] Bytes(string name)
    {
        if (instead?.TryGetValue(name, out var given) == true)
        {
            return given;
        }

        var path = Note(PathOf(name));
        try
        {
            using var file = FileCalls.Open(null, path, OpenFlags.Read | OpenFlags.NonBlock);
            var status = FileCalls.Status(file);
            Check(path, status, FileKind.Regular);
            if (status.Size > TrustLimits.MaxRevocationList)
            {
                throw new ConfigurationException($"{path}: {status.Size} bytes; at most {TrustLimits.MaxRevocationList} are taken");
            }

            var bytes = new byte[status.Size];
            var n = FileCalls.Read(file, bytes, 0, path);
            bytes = n == bytes.Length ? bytes : bytes[..n];
            _contents[path] = SHA256.HashData(bytes);
            return bytes;
        }
        catch (LinuxException error)
        {
            throw new ConfigurationException($"{path}: {error.Message}");
        }
    }

    /// <summary>
    /// What of a directory ends in one of these, by name; none where there is no such directory. What is no file is among them, so that who reads it
    /// says so: it must not be passed over as if nobody had meant it.
    /// </summary>
    internal IReadOnlyList<string> List(string name, params string[] endings)
    {
        var path = Note(PathOf(name));
        if (Look(path) is not { } status)
        {
            return [];
        }

        Check(path, status, FileKind.Directory);
        List<string> files = [.. System.IO.Directory.EnumerateFileSystemEntries(path).Where(f => Array.Exists(endings, e => f.EndsWith(e, StringComparison.Ordinal)) && !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal)];
        return files.Count <= MostFiles ? files : throw new ConfigurationException($"{path}: more than {MostFiles} files");
    }

    /// <summary>The directories in a directory, by name; none where there is no such directory.</summary>
    internal IReadOnlyList<string> Directories(string name)
    {
        var path = Note(PathOf(name));
        return Look(path) is null ? [] : [.. System.IO.Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal)];
    }

    /// <summary>Puts a file in its place: 1. its content, durable; 2. its name, at once; 3. the name, durable.</summary>
    internal static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var next = path + ".new";
        using var parent = FileCalls.Open(null, Path.GetDirectoryName(path)!, OpenFlags.Read | OpenFlags.Directory);
        using (var file = FileCalls.Open(null, next, OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.NoFollow, 0x1a4 /* 0644 */))
        {
            FileCalls.Write(file, bytes, 0, next);
            FileCalls.Sync(file);
        }

        FileCalls.Rename(null, next, null, path);
        FileCalls.Sync(parent);
    }

    /// <summary>The path of a name.</summary>
    /// <exception cref="ConfigurationException">It can be no path.</exception>
    internal string PathOf(string name) => !name.Contains('\0', StringComparison.Ordinal)
        ? Path.GetFullPath(name, directory)
        : throw new ConfigurationException($"the file '{name.Replace("\0", "\\0", StringComparison.Ordinal)}' that a policy in {directory} names: no path holds a NUL character");

    private static FileStatus? Look(string path)
    {
        try
        {
            using var file = FileCalls.TryOpen(null, path, OpenFlags.Path).Opened;
            return file is null ? null : FileCalls.Status(file);
        }
        catch (LinuxException)
        {
            return null;
        }
    }

    private static void Check(string path, FileStatus status, FileKind kind)
    {
        if (status.Kind != kind)
        {
            throw new ConfigurationException($"{path}: it is a {status.Kind}, not a {kind}");
        }

        if ((status.Uid != 0 && status.Uid != NodeAddress.EffectiveUser) || (status.Mode & WritableByOthers) != 0)
        {
            throw new ConfigurationException($"{path}: others than root can write it (owner {status.Uid}, mode {Convert.ToString(status.Mode, 8)}), and could say what runs here; chown root {path}; chmod go-w {path}");
        }
    }

    private string Note(string path)
    {
        _seen[path] = Look(path);
        return path;
    }
}
