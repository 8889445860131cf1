namespace Skerry.Guard.Events;

/// <summary>What is known of a process. The sensor keeps one instance from fork to exit, so that an event only points at it.</summary>
/// <remarks>
/// Strings that rules ask for at every event (the joined command line, say) are made when the process is filled, once.
/// Ancestors are reached through <see cref="Parent"/>; a chain that bends back on itself is cut at <see cref="DeepestAncestor"/>.
/// </remarks>
public sealed class ProcessFacts : Facts
{
    /// <summary>Most ancestors that are looked at.</summary>
    public const int DeepestAncestor = 64;

    private Text _name;
    private Text[] _arguments = [];

    /// <summary>Process number on the node.</summary>
    public int Pid { get; set => Set(ref field, value); }

    /// <summary>Process number in its own namespace.</summary>
    public int VirtualPid { get; set => Set(ref field, value); }

    /// <summary>The process that started it; absent where it is gone or unknown.</summary>
    public ProcessFacts? Parent { get; set => Set(ref field, value); }

    /// <summary>The kernel's name of the process, at most 15 bytes.</summary>
    public Text Name
    {
        get => _name;
        set
        {
            Set(ref _name, value);
            Join();
        }
    }

    /// <summary>First word of the command line.</summary>
    public Text Executable { get; set => Set(ref field, value); }

    /// <summary>Absolute path of the program.</summary>
    public Text ExecutablePath { get; set => Set(ref field, value); }

    /// <summary>Words of the command line after the first.</summary>
    public IReadOnlyList<Text> Arguments
    {
        get => _arguments;
        set
        {
            Set(ref _arguments, [.. value]);
            Join();
        }
    }

    /// <summary>Sets <see cref="Name"/> and <see cref="Arguments"/> at once, so that they are joined once.</summary>
    /// <param name="name">The name.</param>
    /// <param name="arguments">The words; the array is kept.</param>
    public void SetCommand(Text name, Text[] arguments)
    {
        _name = name;
        Set(ref _arguments, arguments);
        Join();
    }

    /// <summary>
    /// Takes over what a new process has of the one that made it (fork(2)): its program, place, session and rights, and not its numbers, its
    /// user and its start. Texts are shared; nothing is joined again.
    /// </summary>
    public void Inherit(ProcessFacts from)
    {
        ArgumentNullException.ThrowIfNull(from);
        (_name, _arguments, JoinedArguments, CommandLine) = (from._name, from._arguments, from.JoinedArguments, from.CommandLine);
        Executable = from.Executable;
        ExecutablePath = from.ExecutablePath;
        Environment = from.Environment;
        WorkingDirectory = from.WorkingDirectory;
        (SessionId, GroupId, VirtualGroupId) = (from.SessionId, from.GroupId, from.VirtualGroupId);
        (Terminal, LoginShellPid) = (from.Terminal, from.LoginShellPid);
        (ExecutableInode, ExecutableChangeTime, ExecutableModifyTime) = (from.ExecutableInode, from.ExecutableChangeTime, from.ExecutableModifyTime);
        (IsExecutableWritable, IsExecutableInMemory) = (from.IsExecutableWritable, from.IsExecutableInMemory);
        (IsExecutableInUpperLayer, IsExecutableInLowerLayer) = (from.IsExecutableInUpperLayer, from.IsExecutableInLowerLayer);
        (PermittedCapabilities, InheritableCapabilities, EffectiveCapabilities) = (from.PermittedCapabilities, from.InheritableCapabilities, from.EffectiveCapabilities);
        NamespaceStartTime = from.NamespaceStartTime;
        from.StandardStreams.CopyTo(StandardStreams, 0);
    }

    /// <summary>Lets go of what an ancestor that has ended is rarely asked for: its environment, the words of its command line, and of that what is beyond a length.</summary>
    /// <param name="longest">Bytes of the command line that stay.</param>
    public void Shorten(int longest)
    {
        Environment = [];
        if (_arguments.Length <= 1 && Executable.Length + JoinedArguments.Length <= longest)
        {
            return;
        }

        // Copies: the texts are parts of one large array.
        Executable = new Text(Executable.Span[..Math.Min(Executable.Length, longest)].ToArray());
        Arguments = _arguments.Length == 0 ? [] : [new Text(JoinedArguments.Span[..Math.Min(JoinedArguments.Length, longest)].ToArray())];
    }

    /// <summary>The arguments with a space between them.</summary>
    public Text JoinedArguments { get; private set; } = Text.Empty;

    /// <summary><see cref="Name"/> and the arguments.</summary>
    public Text CommandLine { get; private set; }

    /// <summary>Environment, one NAME=value an entry.</summary>
    public IReadOnlyList<Text> Environment { get; set => Set(ref field, value); } = [];

    /// <summary>Working directory with a slash at its end.</summary>
    public Text WorkingDirectory { get; set => Set(ref field, value); }

    /// <summary>Session number.</summary>
    public int? SessionId { get; set => Set(ref field, value); }

    /// <summary>Process group on the node.</summary>
    public int? GroupId { get; set => Set(ref field, value); }

    /// <summary>Process group in its own namespace.</summary>
    public int? VirtualGroupId { get; set => Set(ref field, value); }

    /// <summary>Device number of the terminal; 0 for none.</summary>
    public uint Terminal { get; set => Set(ref field, value); }

    /// <summary>Oldest shell among the ancestors.</summary>
    public int? LoginShellPid { get; set => Set(ref field, value); }

    /// <summary>Who it runs as.</summary>
    public UserFacts? User { get; set => Set(ref field, value); }

    /// <summary>The container it runs in; none on the node itself.</summary>
    public ContainerFacts? Container { get; set => Set(ref field, value); }

    /// <summary>Start, nanoseconds since 1970.</summary>
    public long? StartTime { get; set => Set(ref field, value); }

    /// <summary>Start of the first process of its namespace, nanoseconds since 1970.</summary>
    public long? NamespaceStartTime { get; set => Set(ref field, value); }

    /// <summary>Inode of the program.</summary>
    public ulong? ExecutableInode { get; set => Set(ref field, value); }

    /// <summary>Change time of that inode, nanoseconds since 1970.</summary>
    public long? ExecutableChangeTime { get; set => Set(ref field, value); }

    /// <summary>Modification time of that inode, nanoseconds since 1970.</summary>
    public long? ExecutableModifyTime { get; set => Set(ref field, value); }

    /// <summary>True where the user may write the program.</summary>
    public bool? IsExecutableWritable { get; set => Set(ref field, value); }

    /// <summary>True where the program is in the writable layer of the container.</summary>
    public bool? IsExecutableInUpperLayer { get; set => Set(ref field, value); }

    /// <summary>True where the program is in a read-only layer.</summary>
    public bool? IsExecutableInLowerLayer { get; set => Set(ref field, value); }

    /// <summary>True where the program never was on a disk.</summary>
    public bool? IsExecutableInMemory { get; set => Set(ref field, value); }

    /// <summary>Permitted capabilities, bit n for capability n.</summary>
    public ulong? PermittedCapabilities { get; set => Set(ref field, value); }

    /// <summary>Inheritable capabilities.</summary>
    public ulong? InheritableCapabilities { get; set => Set(ref field, value); }

    /// <summary>Effective capabilities.</summary>
    public ulong? EffectiveCapabilities { get; set => Set(ref field, value); }

    /// <summary>All cgroups as controller=path, with a space between.</summary>
    public Text Cgroups { get; set => Set(ref field, value); }

    /// <summary>Descriptors 0, 1 and 2. Their places may be set at any time.</summary>
    public DescriptorFacts?[] StandardStreams { get; } = new DescriptorFacts?[3];

    /// <summary>Number of threads that live.</summary>
    public int? Threads { get; set => Set(ref field, value); }

    /// <summary>Total memory in kB.</summary>
    public ulong? VirtualMemory { get; set => Set(ref field, value); }

    /// <summary>Resident memory in kB.</summary>
    public ulong? ResidentMemory { get; set => Set(ref field, value); }

    /// <summary>Memory that is swapped out, in kB.</summary>
    public ulong? SwappedMemory { get; set => Set(ref field, value); }

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

    /// <summary>One array for both: the name, a space, and the arguments with spaces between them.</summary>
    private void Join()
    {
        if (_arguments.Length == 0)
        {
            (JoinedArguments, CommandLine) = (Text.Empty, _name);
            return;
        }

        var first = _name.IsAbsent ? 0 : _name.Length + 1;
        var length = first + _arguments.Length - 1;
        foreach (var argument in _arguments)
        {
            length += argument.Length;
        }

        var bytes = new byte[length];
        _name.Span.CopyTo(bytes);
        var at = first;
        foreach (var argument in _arguments)
        {
            if (at > 0)
            {
                bytes[at - 1] = (byte)' ';
            }

            argument.Span.CopyTo(bytes.AsSpan(at));
            at += argument.Length + 1;
        }

        JoinedArguments = new Text(bytes, first, length - first);
        CommandLine = _name.IsAbsent ? default : length == first ? _name : new Text(bytes);
    }
}
