using System.Globalization;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Processes;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;
using Skerry.Oci;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// What containers of microVMs write to: each has an ext4 image in its writable directory, which lives as long as the container. It takes the room of
/// what is on it, not of its size. It has a journal, so that a guest mends it by mounting it; the node never reads what a guest has written there.
/// </summary>
/// <remarks>
/// Safe for several threads. An image is a copy of an empty one, which is made once for each size: mkfs waits for the medium several times.
/// </remarks>
internal sealed class WritableDisks
{
    /// <summary>Annotation of a pod: how much each of its containers may write.</summary>
    internal const string SizeAnnotation = "skerry.io/disk-size";

    /// <summary>Name of the image in a container's writable directory.</summary>
    internal const string FileName = "disk";

    private const string Part = ".new";
    private const long Least = 16L << 20;
    private const long Most = 16L << 40;
    private const long BlockSize = 4096;
    private const int SerialLength = 20; // VIRTIO_BLK_ID_BYTES, linux/virtio_blk.h
    private const uint OwnerOnly = 0x180; // 0600

    // Not what this machine's mke2fs.conf says: the guest's kernel is one that is known. A small journal, as it is written in a circle and its blocks stay.
    private const string Features = "none,has_journal,ext_attr,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly string[] Usual = ["/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4", "/usr/local/sbin/mkfs.ext4"];
    private readonly string _directory;
    private readonly Launchpad _launchpad;
    private readonly long _size;
    private readonly Dictionary<long, Task<string>> _empty = [];
    private readonly Lock _lock = new(); // guards _empty

    /// <param name="directory">Below the node's root; what an earlier daemon left there is removed.</param>
    /// <param name="launchpad">Runs mkfs.</param>
    /// <param name="options">The configuration.</param>
    internal WritableDisks(string directory, Launchpad launchpad, MicrovmOptions options)
    {
        _directory = directory;
        _launchpad = launchpad;
        _size = options.DiskBytes / BlockSize * BlockSize;
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var left in Directory.EnumerateFiles(directory).ToList())
        {
            File.Delete(left);
        }
    }

    /// <summary>The program that makes the images; null: it is not installed.</summary>
    internal static string? Maker => Usual.FirstOrDefault(File.Exists);

    /// <summary>How much each container of a pod may write; null: what the configuration says.</summary>
    /// <exception cref="SpecRefusedException">The pod asks for something else than a size.</exception>
    internal static long? Asked(Contracts.Node.V1.PodSpec pod)
    {
        if (!pod.Annotations.TryGetValue(SizeAnnotation, out var text))
        {
            return null;
        }

        return ByteCount.TryParse(text, out var size) && size.Bytes is >= Least and <= Most
            ? size.Bytes / BlockSize * BlockSize
            : throw new SpecRefusedException("annotations", $"{SizeAnnotation} is '{text}'", "give a size from 16Mi to 16Ti, such as \"2Gi\"");
    }

    /// <summary>
    /// The disk of a container.
    /// <list type="number">
    /// <item>Take the one that is there.</item>
    /// <item>Copy an empty one under another name.</item>
    /// <item>Bring it to the medium, where it is to outlive this boot.</item>
    /// <item>Rename it.</item>
    /// </list>
    /// </summary>
    /// <exception cref="IsolationException">It cannot be made.</exception>
    internal async Task<WritableDisk> Ensure(TierPod pod, TierContainer container)
    {
        // 1. there
        var disk = new WritableDisk(Path.Combine(container.Writable, FileName), ("w" + container.Id)[..SerialLength], container.IsEphemeral);
        if (File.Exists(disk.Path))
        {
            return disk;
        }

        // 2. copy
        var empty = await Empty(Asked(pod.Spec) ?? _size).ConfigureAwait(false);
        Directory.CreateDirectory(container.Writable, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var part = disk.Path + Part;
        using (var source = FileCalls.Open(null, empty, OpenFlags.Read))
        using (var target = FileCalls.Open(null, part, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.NoFollow, OwnerOnly))
        {
            FileCalls.CopySparse(source, target);

            // 3. medium
            if (!disk.IsThrownAway)
            {
                FileCalls.SyncContent(target);
            }
        }

        // 4. name
        FileCalls.Rename(null, part, null, disk.Path);
        return disk;
    }

    /// <summary>
    /// A disk of the usual size for a machine that waits: with an empty file system in the first slot, and with nothing in others. Its name is the
    /// caller's to remove as soon as the machine has it open.
    /// </summary>
    /// <exception cref="IsolationException">It cannot be made.</exception>
    internal async Task<string> Empty(string id, int slot)
    {
        var file = Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $"{id}-{slot}"));
        using var target = FileCalls.Open(null, file, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive, OwnerOnly);
        if (slot == 0)
        {
            using var source = FileCalls.Open(null, await Empty(_size).ConfigureAwait(false), OpenFlags.Read);
            FileCalls.CopySparse(source, target);
        }
        else
        {
            FileCalls.SetLength(target, _size);
        }

        return file;
    }

    /// <summary>The empty image of a size.</summary>
    private Task<string> Empty(long size)
    {
        lock (_lock)
        {
            if (!_empty.TryGetValue(size, out var making) || making.IsFaulted || (making.IsCompletedSuccessfully && !File.Exists(making.Result)))
            {
                making = Task.Run(() => Make(size));
                _empty[size] = making;
            }

            return making;
        }
    }

    private async Task<string> Make(long size)
    {
        var maker = Maker ?? throw new IsolationException("disks of a microVM: mkfs.ext4 is not installed; apt install e2fsprogs");
        var file = Path.Combine(_directory, size.ToString(CultureInfo.InvariantCulture));
        using (var made = FileCalls.Open(null, file + Part, OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate, OwnerOnly))
        {
            FileCalls.SetLength(made, size);
        }

        var result = await _launchpad.Run(Request(maker, file + Part), Patience).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw new IsolationException($"disks of a microVM: mkfs.ext4 ended with {result.ExitCode}: {result.Error.Trim().Split('\n')[^1]}");
        }

        FileCalls.Rename(null, file + Part, null, file);
        return file;
    }

    /// <summary>Nothing is written that reads as zeros already (lazy_…_init), and nothing is kept back for root.</summary>
    private static SpawnRequest Request(string maker, string file) => new()
    {
        Path = maker,
        Arguments = ["-q", "-F", "-b", "4096", "-I", "256", "-i", "16384", "-m", "0", "-O", Features, "-J", "size=4", "-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1", "-e", "remount-ro", file],
    };
}
