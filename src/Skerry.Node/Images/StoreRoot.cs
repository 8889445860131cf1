using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Images;

/// <summary>
/// The open directories of the store and the lock that makes this process its only writer. All paths of the store are
/// relative to these descriptors, so that nobody can move the store away under a running operation.
/// </summary>
/// <remarks>
/// What must hold: the lock is held from <see cref="Open"/> to <see cref="Dispose"/>; <c>layers/</c> is 0700, since
/// layers hold setuid programs that no user of the host may reach.
/// </remarks>
internal sealed class StoreRoot : IDisposable
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(2);
    private const uint Private = 0x1c0; // 0700

    private readonly FileDescriptor _lock;
    private readonly Action<string>? _hook;

    private StoreRoot(string path, FileDescriptor root, FileDescriptor held, Action<string>? hook)
    {
        Path = path;
        Root = root;
        _lock = held;
        _hook = hook;
        Content = Make(root, "content");
        Blobs = Make(Content, "blobs");
        Ingests = Make(Content, "ingest");
        Layers = Make(root, "layers");
        Images = Make(root, "images");
        Durable = new DurableBarrier(this);
    }

    /// <summary>Absolute path of the store, for messages and for mounts.</summary>
    public string Path { get; }

    public FileDescriptor Root { get; }

    public FileDescriptor Content { get; }

    public FileDescriptor Blobs { get; }

    public FileDescriptor Ingests { get; }

    public FileDescriptor Layers { get; }

    public FileDescriptor Images { get; }

    /// <summary>Waits for everything written so far to be on the device.</summary>
    public DurableBarrier Durable { get; }

    /// <summary>Opens or makes the store and takes its lock.</summary>
    /// <exception cref="ImageException">Another process has it.</exception>
    public static StoreRoot Open(ImagesOptions options)
    {
        string path = System.IO.Path.GetFullPath(options.Root);
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var root = FileCalls.Open(null, path, OpenFlags.Read | OpenFlags.Directory);
        FileDescriptor? held = null;
        try
        {
            held = FileCalls.Open(root, "images.lock", OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.NoFollow, 0x180);
            if (!FileCalls.TryLock(held, LockPatience))
            {
                throw new ImageException(ImageProblem.Busy, $"open image store {path}: another process holds {path}/images.lock; stop it, or use another root");
            }

            return new StoreRoot(path, root, held, options.StepHook);
        }
        catch
        {
            held?.Dispose();
            root.Dispose();
            throw;
        }
    }

    /// <summary>Marks a step that changes the store.</summary>
    public void Step(string name) => _hook?.Invoke(name);

    /// <summary>Makes the directory where it is missing and opens it.</summary>
    public static FileDescriptor Make(FileDescriptor parent, string name)
    {
        if (FileCalls.MakeDirectory(parent, name, Private))
        {
            FileCalls.Sync(parent);
        }

        var opened = OpenDirectory(parent, name);
        FileCalls.SetMode(opened, Private);
        return opened;
    }

    /// <summary>Opens a directory of the store itself; a link there is refused.</summary>
    public static FileDescriptor OpenDirectory(FileDescriptor parent, string name)
    {
        var (opened, error) = FileCalls.OpenBeneath(parent, name, OpenFlags.Read | OpenFlags.Directory | OpenFlags.NoFollow);
        return opened ?? throw LinuxException.Of("openat2", name, error);
    }

    public void Dispose()
    {
        foreach (var open in (FileDescriptor[])[Images, Layers, Ingests, Blobs, Content, _lock, Root])
        {
            open.Dispose();
        }

        Durable.Dispose();
    }
}
