using System.Security.Cryptography;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Process;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// Layers of images as read-only disks: one EROFS image a layer, or one for several, made once and shared by all guests, whose pages the node
/// keeps once. Owners, whiteouts and opaque directories are as the layer has them: the guest's overlay reads them.
/// </summary>
/// <remarks>Safe for several threads. A file has its name when it is whole and on the medium; what a crash leaves has another name.</remarks>
internal sealed class LayerDisks
{
    private const string Extension = ".erofs";
    private const string Part = ".new-";
    private const string RehearsalName = "rehearsal";
    private const int SerialLength = 20; // VIRTIO_BLK_ID_BYTES, linux/virtio_blk.h

    /// <summary>
    /// What every disk seems to have, however large its content: a machine that is copied has seen the size of its template's disks and does not ask
    /// again. The rest of the file takes no room.
    /// </summary>
    private const long Size = 64L << 30;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly string[] Usual = ["/usr/bin/mkfs.erofs", "/usr/sbin/mkfs.erofs", "/usr/local/bin/mkfs.erofs"];
    private readonly string _directory;
    private readonly ProcessIsolator _isolator;
    private readonly Dictionary<string, Task<LayerDisk>> _making = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileStamp> _right = new(StringComparer.Ordinal); // by serial: what a disk looked like when it was right
    private readonly Lock _lock = new(); // guards _making and _right

    /// <param name="directory">Below the node's root.</param>
    /// <param name="isolator">Mounts several layers as one.</param>
    internal LayerDisks(string directory, ProcessIsolator isolator)
    {
        _directory = directory;
        _isolator = isolator;
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Nothing = Path.Combine(directory, "nothing");
        using var nothing = FileCalls.Open(null, Nothing, OpenFlags.Write | OpenFlags.Create, 0x124 /* 0444 */);
        FileCalls.SetLength(nothing, Size);
    }

    /// <summary>A disk without content, for a slot that has none.</summary>
    internal string Nothing { get; }

    /// <summary>The program that makes the images; null: it is not installed.</summary>
    internal static string? Maker => Usual.FirstOrDefault(File.Exists);

    /// <summary>
    /// The disk of these layers.
    /// <list type="number">
    /// <item>Make it under a name of its own.</item>
    /// <item>Bring it to the medium.</item>
    /// <item>Rename it, note what it is (<see cref="DiskSeal"/>), and bring that to the medium.</item>
    /// </list>
    /// </summary>
    /// <param name="layers">Directories, bottom first; several become one file system.</param>
    /// <exception cref="IsolationException">It cannot be made.</exception>
    internal Task<LayerDisk> Ensure(IReadOnlyList<string> layers) => Ensure(SerialOf(layers), layers);

    /// <summary>The disk of what machines run before they wait for a pod.</summary>
    /// <exception cref="IsolationException">It cannot be made.</exception>
    internal Task<LayerDisk> Rehearsal()
    {
        var directory = Path.Combine(_directory, RehearsalName);
        lock (_lock)
        {
            if (!_making.ContainsKey(RehearsalName))
            {
                // What an earlier version made may be another.
                File.Delete(Path.Combine(_directory, RehearsalName + Extension));
                File.Delete(DiskSeal.PathOf(Path.Combine(_directory, RehearsalName + Extension)));
                Microvm.Rehearsal.Make(directory);
            }
        }

        return Ensure(RehearsalName, [directory]);
    }

    private Task<LayerDisk> Ensure(string serial, IReadOnlyList<string> layers)
    {
        lock (_lock)
        {
            if (!_making.TryGetValue(serial, out var making) || making.IsFaulted || (making.IsCompletedSuccessfully && !IsRight(making.Result)))
            {
                making = Task.Run(() => Make(serial, layers));
                _making[serial] = making;
            }

            return making;
        }
    }

    /// <summary>Removes the disks of layers that are no more, and what a crash left.</summary>
    /// <param name="layers">Every directory of a layer that an image has, and every list of them that may be one disk.</param>
    /// <returns>The names of those removed.</returns>
    internal IReadOnlyList<string> Sweep(IEnumerable<IReadOnlyList<string>> layers)
    {
        var kept = layers.Select(static l => SerialOf(l) + Extension).ToHashSet(StringComparer.Ordinal);
        lock (_lock)
        {
            kept.UnionWith(_making.Where(static m => !m.Value.IsCompleted).SelectMany(static m => new[] { m.Key + Extension, Part + m.Key }));
            kept.UnionWith(kept.Append(RehearsalName + Extension).Select(static k => DiskSeal.PathOf(k)).ToList());
            List<string> gone = [.. Directory.EnumerateFiles(_directory).Select(static f => Path.GetFileName(f)!).Where(n => !kept.Contains(n) && n != Path.GetFileName(Nothing) && n != RehearsalName + Extension)];
            gone.ForEach(n => File.Delete(Path.Combine(_directory, n)));
            return gone;
        }
    }

    /// <summary>What a guest knows the disk by: from the names of the layers, which are those of their contents.</summary>
    internal static string SerialOf(IReadOnlyList<string> layers) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', layers.Select(static l => Path.GetFileName(Path.GetDirectoryName(l)!))))))[..SerialLength];

    private async Task<LayerDisk> Make(string serial, IReadOnlyList<string> layers)
    {
        var disk = new LayerDisk(Path.Combine(_directory, serial + Extension), serial);
        if (DiskSeal.Check(disk.Path, known: null) is { } stamp)
        {
            return Right(disk, stamp);
        }

        // 1. make; what is there under its name is another than what was made, and those who run with it keep it
        var maker = Maker ?? throw new IsolationException("disks of a microVM: mkfs.erofs is not installed; apt install erofs-utils");
        var part = Path.Combine(_directory, Part + serial);
        File.Delete(part);
        if (layers.Count == 1)
        {
            Check(await _isolator.Launchpad.Run(Request(maker, part, layers[0]), Patience).ConfigureAwait(false), layers);
        }
        else
        {
            await _isolator.InImage(layers, null, root => Check(Finish(Request(maker, part, root)), layers)).ConfigureAwait(false);
        }

        // 2. medium
        DiskSeal seal;
        using (var file = FileCalls.Open(null, part, OpenFlags.ReadWrite | OpenFlags.NoFollow))
        {
            if (FileCalls.Status(file).Size > Size)
            {
                throw new IsolationException($"disks of a microVM: {layers[^1]} and what is below it need more than {Size >> 30} GiB, the size of a disk");
            }

            var length = FileCalls.Status(file).Size;
            seal = new DiskSeal(DiskSeal.Hash(file, length), length, default);
            FileCalls.SetLength(file, Size);
            FileCalls.SetMode(file, 0x124 /* 0444 */);
            FileCalls.Sync(file);
        }

        // 3. name
        using var directory = FileCalls.Open(null, _directory, OpenFlags.Directory);
        FileCalls.Rename(null, part, null, disk.Path);
        seal = seal with { Stamp = FileCalls.Status(null, disk.Path)!.Value.Stamp };
        seal.Write(disk.Path);
        FileCalls.Sync(directory);
        return Right(disk, seal.Stamp);
    }

    private LayerDisk Right(LayerDisk disk, FileStamp stamp)
    {
        lock (_lock)
        {
            _right[disk.Serial] = stamp;
        }

        return disk;
    }

    /// <summary>Whether a disk still looks as when it was right. The caller holds the lock.</summary>
    private bool IsRight(LayerDisk disk) => _right.TryGetValue(disk.Serial, out var stamp) && FileCalls.Status(null, disk.Path)?.Stamp == stamp;

    /// <summary>Not compressed: pages are shared with the node's cache, and an emulated guest would pay for each.</summary>
    private static SpawnRequest Request(string maker, string image, string root) =>
        new() { Path = maker, Arguments = ["--quiet", "--preserve-mtime", image, root] };

    private static ProgramResult Finish(SpawnRequest request)
    {
        var (read, write) = Spawn.Pipe();
        ChildProcess child;
        using (write)
        {
            child = Spawn.Start(request with { Descriptors = [(2, write)] });
        }

        using var ended = child;
        var error = Launchpad.ReadAll(read);
        return new ProgramResult(child.Wait(Patience) ?? throw new IsolationException($"{request.Path}: no end within {Patience.TotalMinutes:0} min"), string.Empty, error);
    }

    private static void Check(ProgramResult result, IReadOnlyList<string> layers)
    {
        if (result.ExitCode != 0)
        {
            throw new IsolationException($"disks of a microVM: mkfs.erofs of {layers[^1]} ended with {result.ExitCode}: {result.Error.Trim().Split('\n')[^1]}");
        }
    }
}
