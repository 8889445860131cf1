using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>Writes what is told of a call that returned in a sandbox (messages of syscall.proto): its arguments, the texts among them, and what its descriptor leads to.</summary>
internal sealed class CallRecord(RecordWriter record, ProcessTable processes, SensedContainer container)
{
    private const int OpenAt = 257; // asm/unistd_64.h
    private const int Creat = 85;
    private const int AtWorkingDirectory = -100; // AT_FDCWD
    private const ulong OpensDirectory = 0x10000; // O_DIRECTORY
    private const byte Separator = (byte)'/';
    private const ushort RegularFile = 0x8000; // S_IFREG and so on
    private const ushort DirectoryFile = 0x4000;
    private const int Number = 3;
    private const int RawNumber = 4;
    private const int RawArguments = 5;

    private readonly AbsolutePath _paths = new();
    private readonly SocketRecord _sockets = new(record, processes, container);

    /// <summary>Writes it. False: it is no call that rules know.</summary>
    internal bool TryWrite(in Point point, out ushort number, out RecordHead.CallArguments arguments)
    {
        record.Begin();
        arguments = default;
        var call = point.Number(point.Kind == PointKind.Raw ? RawNumber : Number);
        number = (ushort)Math.Min(call, (ulong)CallTable.Most);
        if (CallTable.All[number] is not { } shape)
        {
            return false;
        }

        switch (point.Kind)
        {
            case PointKind.Raw:
                for (var i = 0; i < 6; i++)
                {
                    arguments[i] = point.Number(RawArguments + i);
                }

                break;
            case PointKind.Open:
                Open(point, number, ref arguments);
                break;
            case PointKind.Close or PointKind.Read or PointKind.Write:
                (arguments[0], arguments[2], arguments[3]) = (point.Number(4), point.Number(6), point.Number(8));
                Descriptor(point, 5, shape.Plan.Descriptor >= 0);
                break;
            case PointKind.Fcntl:
                (arguments[0], arguments[1], arguments[2]) = (point.Number(4), point.Number(6), point.Number(7));
                Descriptor(point, 5, shape.Plan.Descriptor >= 0);
                break;
            case PointKind.Dup:
                (arguments[0], arguments[1], arguments[2]) = (point.Number(4), point.Number(5), point.Number(7));
                Descriptor(point, 6, point.Result >= 0);
                break;
            case PointKind.Connect or PointKind.Bind or PointKind.Accept:
                (arguments[0], arguments[3]) = (point.Number(4), point.Number(7));
                _sockets.Write(point);
                break;
            case PointKind.Socket or PointKind.SocketPair:
                (arguments[0], arguments[1], arguments[2]) = (point.Number(4), point.Number(5), point.Number(6));
                _sockets.Made(point);
                break;
            case PointKind.SetResId:
                (arguments[0], arguments[1], arguments[2]) = (point.Number(4), point.Number(5), point.Number(6));
                break;
            case PointKind.Chdir:
                arguments[0] = point.Number(4);
                Text(point.Text(6));
                if (point.Result >= 0)
                {
                    record.Path(SectionKind.WorkingDirectory, point.By.Directory, PathEnd.Root);
                }

                break;
            case PointKind.Execve:
                Text(point.Text(6));
                Below(point);
                break;
            case PointKind.Chroot:
                Text(point.Text(4));
                break;
            case PointKind.SetId or PointKind.CallClone:
                arguments[0] = point.Number(4);
                break;
        }

        return true;
    }

    private void Open(in Point point, int number, ref RecordHead.CallArguments arguments)
    {
        var path = point.Text(6);
        var (flags, mode) = (point.Number(7), point.Number(8));
        switch (number)
        {
            case OpenAt:
                (arguments[0], arguments[2], arguments[3]) = (point.Number(4), flags, mode);
                break;
            case Creat:
                arguments[1] = mode;
                break;
            default:
                (arguments[1], arguments[2]) = (flags, mode);
                break;
        }

        Text(path);
        var directory = Below(point);
        if (point.Result >= 0)
        {
            record.State(SectionKind.Descriptor, new DescriptorState { Mode = (flags & OpensDirectory) != 0 ? DirectoryFile : RegularFile, Number = (uint)point.Result });
            record.Path(SectionKind.File, container.Links is { } links && links.TryFollow(directory, path, out var real) && real.Length > 0 ? real : _paths.Of(directory, path), PathEnd.Root);
        }
    }

    /// <summary>Tells the directory that a path is relative to, where it is another than the working directory.</summary>
    private ReadOnlySpan<byte> Below(in Point point)
    {
        const int Directory = 4, DirectoryPath = 5;
        if ((int)point.Number(Directory) == AtWorkingDirectory || point.Text(DirectoryPath) is not [Separator, ..] path)
        {
            return point.By.Directory;
        }

        record.Path(SectionKind.Directory0, path, PathEnd.Root);
        return path;
    }

    private void Text(ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty)
        {
            record.Text(SectionKind.Text0, text);
        }
    }

    /// <summary>Tells what the descriptor in field 4 leads to, by the name that gVisor gives it.</summary>
    private void Descriptor(in Point point, int field, bool isWanted)
    {
        var name = point.Text(field);
        if (!isWanted || name.IsEmpty || name.StartsWith("[err"u8))
        {
            return;
        }

        var descriptor = (int)point.Number(4);
        if (SocketBook.InodeOf(name) is not 0 and var inode)
        {
            _sockets.Write(point.By.Process, descriptor, inode);
            return;
        }

        const ushort Pipe = 0x1000;
        var isPath = name[0] == Separator;
        record.State(SectionKind.Descriptor, new DescriptorState { Number = (uint)descriptor, Mode = isPath ? RegularFile : name.StartsWith("pipe:["u8) ? Pipe : (ushort)0 });
        record.Path(SectionKind.File, name, isPath ? PathEnd.Root : PathEnd.Detached);
    }
}
