namespace Skerry.Guard.Events;

/// <summary>What is known of a process. The sensor keeps one instance from fork to exit, so that an event only points at it.</summary>
/// <remarks>
/// Strings that rules ask for at every event (the joined command line, say) are made when the process is filled, once.
/// Ancestors are reached through <see cref="Parent"/>; a chain that bends back on itself is cut at <see cref="DeepestAncestor"/>.
/// </remarks>
public sealed class ProcessFacts
{
    /// <summary>Most ancestors that are looked at.</summary>
    public const int DeepestAncestor = 64;

    private Text _name;
    private Text[] _arguments = [];

    /// <summary>Process number on the node.</summary>
    public int Pid { get; set; }

    /// <summary>Process number in its own namespace.</summary>
    public int VirtualPid { get; set; }

    /// <summary>The process that started it; absent where it is gone or unknown.</summary>
    public ProcessFacts? Parent { get; set; }

    /// <summary>The kernel's name of the process, at most 15 bytes.</summary>
    public Text Name
    {
        get => _name;
        set
        {
            _name = value;
            Join();
        }
    }

    /// <summary>First word of the command line.</summary>
    public Text Executable { get; set; }

    /// <summary>Absolute path of the program.</summary>
    public Text ExecutablePath { get; set; }

    /// <summary>Words of the command line after the first.</summary>
    public IReadOnlyList<Text> Arguments
    {
        get => _arguments;
        set
        {
            _arguments = [.. value];
            Join();
        }
    }

    /// <summary>The arguments with a space between them.</summary>
    public Text JoinedArguments { get; private set; } = Text.Empty;

    /// <summary><see cref="Name"/> and the arguments.</summary>
    public Text CommandLine { get; private set; }

    /// <summary>Environment, one NAME=value an entry.</summary>
    public IReadOnlyList<Text> Environment { get; set; } = [];

    /// <summary>Working directory with a slash at its end.</summary>
    public Text WorkingDirectory { get; set; }

    /// <summary>Session number.</summary>
    public int? SessionId { get; set; }

    /// <summary>Process group on the node.</summary>
    public int? GroupId { get; set; }

    /// <summary>Process group in its own namespace.</summary>
    public int? VirtualGroupId { get; set; }

    /// <summary>Device number of the terminal; 0 for none.</summary>
    public uint Terminal { get; set; }

    /// <summary>Oldest shell among the ancestors.</summary>
    public int? LoginShellPid { get; set; }

    /// <summary>Who it runs as.</summary>
    public UserFacts? User { get; set; }

    /// <summary>The container it runs in; none on the node itself.</summary>
    public ContainerFacts? Container { get; set; }

    /// <summary>Start, nanoseconds since 1970.</summary>
    public long? StartTime { get; set; }

    /// <summary>Start of the first process of its namespace, nanoseconds since 1970.</summary>
    public long? NamespaceStartTime { get; set; }

    /// <summary>Inode of the program.</summary>
    public ulong? ExecutableInode { get; set; }

    /// <summary>Change time of that inode, nanoseconds since 1970.</summary>
    public long? ExecutableChangeTime { get; set; }

    /// <summary>Modification time of that inode, nanoseconds since 1970.</summary>
    public long? ExecutableModifyTime { get; set; }

    /// <summary>True where the user may write the program.</summary>
    public bool? IsExecutableWritable { get; set; }

    /// <summary>True where the program is in the writable layer of the container.</summary>
    public bool? IsExecutableInUpperLayer { get; set; }

    /// <summary>True where the program is in a read-only layer.</summary>
    public bool? IsExecutableInLowerLayer { get; set; }

    /// <summary>True where the program never was on a disk.</summary>
    public bool? IsExecutableInMemory { get; set; }

    /// <summary>Permitted capabilities, bit n for capability n.</summary>
    public ulong? PermittedCapabilities { get; set; }

    /// <summary>Inheritable capabilities.</summary>
    public ulong? InheritableCapabilities { get; set; }

    /// <summary>Effective capabilities.</summary>
    public ulong? EffectiveCapabilities { get; set; }

    /// <summary>All cgroups as controller=path, with a space between.</summary>
    public Text Cgroups { get; set; }

    /// <summary>Descriptors 0, 1 and 2.</summary>
    public DescriptorFacts?[] StandardStreams { get; } = new DescriptorFacts?[3];

    /// <summary>Number of threads that live.</summary>
    public int? Threads { get; set; }

    /// <summary>Total memory in kB.</summary>
    public ulong? VirtualMemory { get; set; }

    /// <summary>Resident memory in kB.</summary>
    public ulong? ResidentMemory { get; set; }

    /// <summary>Memory that is swapped out, in kB.</summary>
    public ulong? SwappedMemory { get; set; }

    /// <summary>The ancestor so many steps up; 0 is the process itself.</summary>
    public ProcessFacts? Ancestor(int steps)
    {
        var process = steps is < 0 or > DeepestAncestor ? null : this;
        for (; steps > 0 && process is not null; steps--)
        {
            process = process.Parent;
        }

        return process;
    }

    /// <summary>The oldest ancestor, or the process itself, for which a number is the same: the leader of a session or group.</summary>
    internal ProcessFacts? Eldest(Func<ProcessFacts, int?> number)
    {
        if (number(this) is not { } wanted)
        {
            return null;
        }

        var eldest = this;
        var process = Parent;
        for (var depth = 0; process is not null && depth < DeepestAncestor && number(process) == wanted; depth++)
        {
            eldest = process;
            process = process.Parent;
        }

        return eldest;
    }

    private void Join()
    {
        var scratch = new Scratch().Begin();
        for (var i = 0; i < _arguments.Length; i++)
        {
            (i > 0 ? scratch.Append((byte)' ') : scratch).Append(_arguments[i].Span);
        }

        var joined = scratch.Take().Span.ToArray();
        JoinedArguments = new Text(joined);
        CommandLine = _name.IsAbsent ? default
            : joined.Length == 0 ? _name
            : new Text([.. _name.Span, (byte)' ', .. joined]);
    }
}
