using System.Security.Cryptography;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Isolation.Wasm;

/// <summary>
/// Compiled modules on the node's root: <c>NAME.code</c> and <c>NAME.seal</c>. An entry counts when it has a seal of this node that tells
/// just these bytes; everything else is as good as not there, and is compiled again.
/// </summary>
/// <remarks>
/// For any thread, except that one entry is stored by one at a time. Steps of storing: 1. the code in a file of another name, on the device;
/// 2. its name; 3. the seal in a file of another name, on the device; 4. its name; 5. the directory. A crash leaves code without a seal,
/// or files named <c>.new</c>, which the next start removes. Containers that run keep the code they have: it is mounted into them.
/// </remarks>
internal sealed class WasmCodeStore
{
    /// <summary>What a start hashes whole each time, in a millisecond or two; larger code is hashed when its inode, size or time of change is new.</summary>
    private const long AlwaysHashed = 4 << 20;

    private const string CodeEnd = ".code";
    private const string SealEnd = ".seal";
    private const string ImagesEnd = ".images";
    private const string New = ".new";
    private readonly string _directory;
    private readonly long _most;
    private readonly byte[] _key;
    private readonly Lock _lock = new(); // guards _verified and _noted, and the files that name images
    private readonly HashSet<(string Name, string Image)> _noted = [];
    private readonly Dictionary<string, string> _verified = new(StringComparer.Ordinal);

    /// <param name="directory">Made when it is not there, for root alone.</param>
    /// <param name="most">Bytes of all code; the oldest goes first.</param>
    internal WasmCodeStore(string directory, long most)
    {
        _directory = directory;
        _most = most;
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var left in Directory.EnumerateFiles(directory, "*" + New))
        {
            File.Delete(left);
        }

        _key = Key();
    }

    /// <summary>The verified code of an entry; null: there is none, or it is not what was compiled.</summary>
    internal string? Find(string name)
    {
        var path = PathOf(name);
        try
        {
            if (FileCalls.Status(null, path) is not { Kind: FileKind.Regular } status || WasmSeal.Read(File.ReadAllBytes(path + SealEnd), name, _key) is not { } seal || seal.Size != status.Size)
            {
                return null;
            }

            var identity = $"{seal.Code} {status.Inode} {status.Size} {status.ChangedSeconds}.{status.ChangedNanoseconds}";
            lock (_lock)
            {
                if (status.Size > AlwaysHashed && _verified.GetValueOrDefault(name) == identity)
                {
                    return path;
                }
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) != seal.Code)
            {
                return null;
            }

            lock (_lock)
            {
                _verified[name] = identity;
            }

            return path;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>A file for the compiler to write to; it counts for nothing until <see cref="Store"/>.</summary>
    internal FileDescriptor Begin(string name) => FileCalls.Open(null, PathOf(name) + New, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Truncate, 0x124 /* 0444 */);

    /// <summary>Seals what was written to <see cref="Begin"/>'s file.</summary>
    internal string Store(string name, FileDescriptor written)
    {
        // 1. code; runtimes give their standard streams to the container's user
        FileCalls.SetOwner(written, 0, 0);
        FileCalls.SetMode(written, 0x124 /* 0444 */);
        FileCalls.Sync(written);
        using var directory = FileCalls.Open(null, _directory, OpenFlags.Directory);
        var path = PathOf(name);
        long size;
        string digest;
        using (var stream = new FileStream(written.ProcPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1))
        {
            size = stream.Length;
            digest = Convert.ToHexStringLower(SHA256.HashData(stream));
        }

        // 2. its name
        File.Delete(path + SealEnd);
        File.Move(path + New, path, overwrite: true);

        // 3. seal
        using (var seal = FileCalls.Open(null, path + SealEnd + New, OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate, 0x180 /* 0600 */))
        {
            FileCalls.Write(seal, new WasmSeal(name, digest, size).Write(_key), 0, "seal");
            FileCalls.Sync(seal);
        }

        // 4. its name; 5. directory
        File.Move(path + SealEnd + New, path + SealEnd, overwrite: true);
        FileCalls.Sync(directory);
        Bound(name);
        return Find(name) ?? throw new IsolationException($"wasm: the code that was just written to {path} is not what was written; look at the disk");
    }

    /// <summary>Drops what <see cref="Begin"/> made.</summary>
    internal void Abandon(string name) => File.Delete(PathOf(name) + New);

    /// <summary>Notes that an image has the module of an entry. The image is there, and held.</summary>
    internal void Note(string name, string image)
    {
        lock (_lock)
        {
            if (_noted.Add((name, image)))
            {
                var file = PathOf(name) + ImagesEnd;
                if (!Images(file).Contains(image))
                {
                    // A line that a power cut tears costs one compilation.
                    File.AppendAllText(file, image + "\n");
                }
            }
        }
    }

    /// <summary>Removes code that no image has any more.</summary>
    /// <param name="present">Images that are there, asked while none can be noted.</param>
    internal void Keep(Func<IReadOnlySet<string>> present)
    {
        lock (_lock)
        {
            var images = present();
            foreach (var path in Directory.EnumerateFiles(_directory, "*" + CodeEnd).Where(p => !Images(p + ImagesEnd).Any(images.Contains)).ToList())
            {
                Remove(path);
            }

            _noted.Clear();
        }
    }

    private static string[] Images(string file) => File.Exists(file) ? File.ReadAllLines(file) : [];

    private static void Remove(string path)
    {
        File.Delete(path + SealEnd);
        File.Delete(path);
        File.Delete(path + ImagesEnd);
    }

    private string PathOf(string name) => Path.Combine(_directory, name + CodeEnd);

    private void Bound(string keep)
    {
        var all = new DirectoryInfo(_directory).EnumerateFiles("*" + CodeEnd).OrderBy(static f => f.LastWriteTimeUtc).ToList();
        var total = all.Sum(static f => f.Length);
        foreach (var file in all.Where(f => f.Name != keep + CodeEnd).TakeWhile(_ => total > _most))
        {
            total -= file.Length;
            Remove(file.FullName);
        }
    }

    private byte[] Key()
    {
        const int Length = 32;
        var path = Path.Combine(_directory, "key");
        if (File.Exists(path) && File.ReadAllBytes(path) is { Length: Length } known)
        {
            return known;
        }

        // A key that is lost makes all code unknown: it is compiled again.
        var key = RandomNumberGenerator.GetBytes(Length);
        using (var file = FileCalls.Open(null, path + New, OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate, 0x180 /* 0600 */))
        {
            FileCalls.Write(file, key, 0, "key");
            FileCalls.Sync(file);
        }

        File.Move(path + New, path, overwrite: true);
        return key;
    }
}
