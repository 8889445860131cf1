using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Oci.Layers;

namespace Skerry.Node.Pods.Copying;

/// <summary>
/// Packs a file or a directory of a container into a tar stream, while the container may change it. Links are packed as links; devices
/// and sockets are left out, and so is what procfs and the like show. A file that shrinks meanwhile is filled up with zeros.
/// </summary>
internal sealed class TreePacking(ContainerRoot root, Stream target, CancellationToken cancel)
{
    private const int LongestPath = 4000; // PATH_MAX less the name that it is packed under

    /// <exception cref="PodException">The path is not there, or is nothing that can be copied.</exception>
    internal void Pack(string path)
    {
        using var place = root.Open(path, OpenFlags.Path | (CopyName.SaysDirectory(path) ? OpenFlags.Directory : OpenFlags.NoFollow));
        root.RefuseDoor(place, path);
        var status = FileCalls.Status(place);
        if (status.Kind is not (FileKind.Directory or FileKind.Regular or FileKind.Symlink or FileKind.Fifo))
        {
            throw PodException.Invalid($"{root.Name}:{path} is a {(status.Kind == FileKind.Socket ? "socket" : "device")}, which is not copied");
        }

        using var tar = new LayerWriter(target, leaveOpen: true);
        One(tar, place, status, CopyName.Of(path));
        if (status.Kind == FileKind.Directory)
        {
            Below(tar, place, CopyName.Of(path), status.MountId);
        }
    }

    private void Below(LayerWriter tar, FileDescriptor top, string name, ulong mount)
    {
        // By path from the top and not by a chain of open directories: depth costs no descriptors. No link is followed on the way.
        var pending = new Stack<(string Path, ulong Mount)>();
        pending.Push((".", mount));
        while (pending.TryPop(out var at))
        {
            var (directory, _) = FileCalls.OpenBeneath(top, at.Path, OpenFlags.Directory | OpenFlags.NoFollow);
            if (directory is null)
            {
                continue; // removed or replaced meanwhile
            }

            using (directory)
            {
                if (FileCalls.Status(directory).MountId != mount && ContainerRoot.IsDoor(directory))
                {
                    continue;
                }

                foreach (var child in FileCalls.Entries(directory).OrderBy(static e => e.Name, StringComparer.Ordinal))
                {
                    cancel.ThrowIfCancellationRequested();
                    var path = at.Path == "." ? child.Name : $"{at.Path}/{child.Name}";
                    if (path.Length > LongestPath)
                    {
                        throw PodException.Invalid($"{root.Name}: a path below {name} is longer than {LongestPath} characters; copy from further down");
                    }

                    Child(tar, directory, child.Name, path, $"{name}/{path}", at.Mount, pending);
                }
            }
        }
    }

    private void Child(LayerWriter tar, FileDescriptor directory, string childName, string path, string entryName, ulong mount, Stack<(string Path, ulong Mount)> pending)
    {
        var (place, _) = FileCalls.OpenBeneath(directory, childName, OpenFlags.Path | OpenFlags.NoFollow);
        using (place)
        {
            // A link is refused by OpenBeneath unless it is the last name and O_PATH asks for itself; what is null went meanwhile.
            if (place is null)
            {
                return;
            }

            var status = FileCalls.Status(place);
            if (status.Kind != FileKind.Directory && status.MountId != mount && ContainerRoot.IsDoor(place))
            {
                return; // a file of procfs, bound here
            }

            One(tar, place, status, entryName);
            if (status.Kind == FileKind.Directory)
            {
                pending.Push((path, status.MountId));
            }
        }
    }

    private void One(LayerWriter tar, FileDescriptor place, FileStatus status, string name)
    {
        var entry = new NewEntry(name, status.Kind switch
        {
            FileKind.Directory => LayerEntryType.Directory,
            FileKind.Symlink => LayerEntryType.Symlink,
            FileKind.Fifo => LayerEntryType.Fifo,
            _ => LayerEntryType.File,
        })
        {
            Mode = (int)status.Mode,
            Uid = root.ToContainer(status.Uid),
            Gid = root.ToContainer(status.Gid),
            MTime = new FileTime(status.ModifiedSeconds, (int)status.ModifiedNanoseconds),
        };
        switch (status.Kind)
        {
            case FileKind.Directory or FileKind.Fifo:
                tar.Write(entry);
                break;
            case FileKind.Symlink:
                tar.Write(entry with { LinkTarget = FileCalls.ReadSymlink(place, string.Empty) ?? string.Empty });
                break;
            case FileKind.Regular:
                // What was looked at is what is opened: the descriptor, not the name.
                using (var file = FileCalls.Open(null, place.ProcPath, OpenFlags.Read | OpenFlags.NonBlock))
                {
                    tar.Write(entry, new ExactContent(file, status.Size, name, cancel), status.Size);
                }

                break;
            default:
                break; // devices and sockets
        }
    }

    /// <summary>Exactly so many bytes of a file; zeros where it has become shorter.</summary>
    private sealed class ExactContent(FileDescriptor file, long size, string name, CancellationToken cancel) : Stream
    {
        private long _offset;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => size;

        public override long Position
        {
            get => _offset;
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            cancel.ThrowIfCancellationRequested();
            var wanted = buffer[..(int)Math.Min(buffer.Length, size - _offset)];
            if (wanted.IsEmpty)
            {
                return 0;
            }

            var read = FileCalls.Read(file, wanted, _offset, name);
            if (read == 0)
            {
                wanted.Clear();
                read = wanted.Length;
            }

            _offset += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
