using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>Writes what is known of a program that starts in a sandbox.</summary>
internal sealed class ProgramRecord(RecordWriter record, SensedContainer container)
{
    private const uint Terminal = 136u << 20; // a pseudo terminal: major 136, Documentation/admin-guide/devices.txt
    private const byte Separator = (byte)'/';

    private readonly AbsolutePath _paths = new();

    private static ReadOnlySpan<byte> InMemory => "/memfd:"u8;

    /// <summary>The container's first program (message Start, container.proto).</summary>
    internal void OfStart(in Point point)
    {
        const int Words = 4;
        var first = point.Text(Words);
        ReadOnlySpan<byte> program = first is [Separator, ..] ? _paths.Of([], first) : [];
        Write(point, Words, 0, program, point.By.Name, new ProcessState { ProgramLayer = LayerOfCommand(program) }, container.HasTerminal);
    }

    /// <summary>A program that was loaded (message ExecveInfo, sentry.proto).</summary>
    /// <param name="point">It.</param>
    /// <param name="path">What was asked for, or the name of the process that came of it.</param>
    internal void OfLoaded(in Point point, ReadOnlySpan<byte> path)
    {
        const int Path = 2, Words = 3, Environment = 4, Mode = 5, Owner = 6, Group = 7;
        var program = point.Text(Path);
        var layer = program.IsEmpty || program.StartsWith(InMemory) ? FileLayer.None : container.Layers?.Of(program) ?? FileLayer.None;
        var file = new ProcessState { ProgramLayer = layer, ProgramMode = (ushort)point.Number(Mode), ProgramOwner = (uint)point.Number(Owner), ProgramGroup = (uint)point.Number(Group) };
        Write(point, Words, Environment, program, NameOf(path), file, container.HasTerminal);
    }

    /// <summary>A program of which only the call was told (message Execve, syscall.proto).</summary>
    internal void OfCall(in Point point)
    {
        const int Directory = 5, Path = 6, Words = 7;
        var path = point.Text(Path);
        ReadOnlySpan<byte> program = path.IsEmpty ? [] : _paths.Of(point.Text(Directory) is [Separator, ..] below ? below : point.By.Directory, path);
        Write(point, Words, 0, program, NameOf(path), new ProcessState { ProgramLayer = LayerOfCommand(program) }, container.HasTerminal);
    }

    /// <summary>A process that nobody saw begin.</summary>
    internal void OfStranger(in PointContext by)
    {
        record.Begin();
        record.Path(SectionKind.WorkingDirectory, by.Directory, PathEnd.Root);
        var state = new ProcessState();
        SetName(ref state, by.Name);
        record.State(SectionKind.Process, state);
    }

    /// <summary>A program that was started from outside.</summary>
    internal void OfExpected(in PointContext by, ExpectedProgram expected)
    {
        record.Begin();
        record.Words(SectionKind.Arguments, expected.Words);
        record.Path(SectionKind.WorkingDirectory, by.Directory, PathEnd.Root);
        var state = new ProcessState { Terminal = expected.HasTerminal ? Terminal : 0 };
        ReadOnlySpan<byte> program = expected.Program is [Separator, ..] ? _paths.Of([], expected.Program) : [];
        if (!program.IsEmpty)
        {
            record.Path(SectionKind.Program, program, PathEnd.Root);
            state.ProgramLayer = LayerOfCommand(program);
        }

        SetName(ref state, by.Name);
        record.State(SectionKind.Process, state);
    }

    private void Write(in Point point, int words, int environment, ReadOnlySpan<byte> program, ReadOnlySpan<byte> name, ProcessState state, bool hasTerminal)
    {
        var isInMemory = program.StartsWith(InMemory);
        state.Terminal = hasTerminal ? Terminal : 0;
        state.ProgramUnlinked = isInMemory ? (byte)1 : (byte)0;
        SetName(ref state, name);
        record.Begin();
        record.Words(SectionKind.Arguments, point.All(), words);
        if (environment > 0)
        {
            record.Words(SectionKind.Environment, point.All(), environment);
        }

        if (!program.IsEmpty)
        {
            record.Path(SectionKind.Program, program, isInMemory ? PathEnd.Detached : PathEnd.Root);
        }

        record.Path(SectionKind.WorkingDirectory, point.By.Directory, PathEnd.Root);
        record.State(SectionKind.Process, state);
    }

    /// <summary>The layer of a program by the path that a command has: links may be on the way. Not told where there is no time to follow them.</summary>
    private FileLayer LayerOfCommand(ReadOnlySpan<byte> program)
    {
        if (program.IsEmpty || container.Layers is not { } layers)
        {
            return FileLayer.None;
        }

        byte[] real = [];
        return container.Links?.TryFollow([], program, out real) == false ? FileLayer.None : layers.Of(real.Length > 0 ? real : program);
    }

    /// <summary>The kernel names a process by the last name of the path that was asked for.</summary>
    private static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> path) => path[(path.LastIndexOf(Separator) + 1)..];

    private static void SetName(ref ProcessState state, ReadOnlySpan<byte> name)
    {
        const int Longest = 15; // TASK_COMM_LEN, linux/sched.h, without the NUL
        Span<byte> room = state.Name;
        room.Clear();
        name[..Math.Min(name.Length, Longest)].CopyTo(room);
    }
}
