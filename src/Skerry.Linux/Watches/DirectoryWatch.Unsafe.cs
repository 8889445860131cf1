using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Watches;

/// <summary>
/// Tells when files in directories change: one thread that sleeps in read(2) on one inotify descriptor, however many directories and
/// watchers there are. The thread is started with the first watcher and lives as long as the process.
/// </summary>
/// <remarks>
/// A watcher is only told that something changed, and may be told too often; it looks for itself. It is called on the watching
/// thread, must not block and must not throw.
/// </remarks>
public sealed class DirectoryWatch
{
    // linux/inotify.h
    private const uint IN_MODIFY = 0x2;
    private const uint IN_MOVED_TO = 0x80;
    private const uint IN_CREATE = 0x100;
    private const uint IN_DELETE_SELF = 0x400;
    private const uint IN_Q_OVERFLOW = 0x4000;
    private const uint IN_IGNORED = 0x8000;
    private const uint IN_ONLYDIR = 0x1000000;
    private const int IN_CLOEXEC = 0x80000;

    // Guards both maps and the pairing of inotify_add_watch with them.
    private readonly Lock _lock = new();
    private readonly Dictionary<int, ImmutableList<Action>> _watchers = [];
    private FileDescriptor? _inotify;

    /// <summary>Calls <paramref name="changed"/> whenever a file of the directory is written, made or replaced, or the directory goes.</summary>
    /// <exception cref="LinuxException">ENOENT: there is no such directory. ENOSPC: fs.inotify.max_user_watches is reached.</exception>
    public IDisposable Add(string directory, Action changed)
    {
        ArgumentNullException.ThrowIfNull(changed);
        lock (_lock)
        {
            if (_inotify is null)
            {
                _inotify = new FileDescriptor(LinuxException.ThrowIfFailed(Inotify.Init(IN_CLOEXEC), "inotify_init1", directory));
                new Thread(Loop) { IsBackground = true, Name = "directory-watch" }.Start();
            }

            // The kernel gives the same number for the same directory: watchers of one directory share it.
            var watch = LinuxException.ThrowIfFailed(
                Inotify.AddWatch(_inotify.Number, directory, IN_MODIFY | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_ONLYDIR), "inotify_add_watch", directory);
            _watchers[watch] = _watchers.GetValueOrDefault(watch, []).Add(changed);
            return new Watcher(this, watch, changed);
        }
    }

    private void Remove(int watch, Action changed)
    {
        lock (_lock)
        {
            if (!_watchers.TryGetValue(watch, out var all))
            {
                return;
            }

            var left = all.Remove(changed);
            if (!left.IsEmpty)
            {
                _watchers[watch] = left;
                return;
            }

            // EINVAL where the directory went meanwhile and the kernel removed the watch itself.
            _watchers.Remove(watch);
            _ = Inotify.RemoveWatch(_inotify!.Number, watch);
        }
    }

    private unsafe void Loop()
    {
        const int Size = 16 * 1024;
        var buffer = (byte*)NativeMemory.Alloc(Size);
        while (true)
        {
            var length = Unistd.Read(_inotify!.Number, buffer, Size);
            if (length < 0)
            {
                if (Marshal.GetLastPInvokeError() == (int)Errno.EINTR)
                {
                    continue;
                }

                throw LinuxException.Last("read", "inotify");
            }

            // struct inotify_event: s32 wd; u32 mask; u32 cookie; u32 len; char name[len] (inotify(7)).
            for (nint at = 0; at < length; at += 16 + (nint)(*(uint*)(buffer + at + 12)))
            {
                Tell(*(int*)(buffer + at), *(uint*)(buffer + at + 4));
            }
        }
    }

    private void Tell(int watch, uint mask)
    {
        ImmutableList<Action> told;
        lock (_lock)
        {
            told = (mask & IN_Q_OVERFLOW) != 0 ? [.. _watchers.Values.SelectMany(static w => w)] : _watchers.GetValueOrDefault(watch, []);
            if ((mask & IN_IGNORED) != 0)
            {
                _watchers.Remove(watch);
            }
        }

        foreach (var changed in told)
        {
            changed();
        }
    }

    private sealed class Watcher(DirectoryWatch owner, int watch, Action changed) : IDisposable
    {
        private int _isDone;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDone, 1) == 0)
            {
                owner.Remove(watch, changed);
            }
        }
    }
}
