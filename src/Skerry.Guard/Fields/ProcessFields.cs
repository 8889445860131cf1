using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>Fields of the process an event is of.</summary>
internal static class ProcessFields
{
    private const FieldTraits Index = FieldTraits.ArgumentAllowed | FieldTraits.ArgumentIndex;

    public static FieldClass Class { get; } = new FieldClass("process", "The process that made the event, its program, its ancestors.")
        .Text("proc.exe", "First word of the command line.", static (e, _) => e.Process?.Executable ?? default)
        .Text("proc.pexe", "proc.exe of the parent.", static (e, _) => e.Process?.Parent?.Executable ?? default)
        .Ancestor("proc.aexe", "proc.exe of an ancestor: proc.aexe[1] is the parent; without number, any.", static p => p.Executable)
        .Text("proc.exepath", "Absolute path of the program.", static (e, _) => e.Process?.ExecutablePath ?? default)
        .Text("proc.pexepath", "proc.exepath of the parent.", static (e, _) => e.Process?.Parent?.ExecutablePath ?? default)
        .Ancestor("proc.aexepath", "proc.exepath of an ancestor, or of any.", static p => p.ExecutablePath)
        .Text("proc.name", "Name of the process as the kernel has it, at most 15 bytes.", static (e, _) => e.Process?.Name ?? default)
        .Text("proc.pname", "proc.name of the parent.", static (e, _) => e.Process?.Parent?.Name ?? default)
        .Ancestor("proc.aname", "proc.name of an ancestor, or of any.", static p => p.Name)
        .Text("proc.args", "Command line without its first word; proc.args[0] is the first argument.", static (e, a) => Argument(e.Process, a.Index), Index)
        .Text("proc.aargs", "proc.args of an ancestor, or of all with blanks between.", static (e, a) => a.Index < 0 ? AncestorTexts.Join(e, static (_, p) => p.JoinedArguments) : e.Process?.Ancestor(a.Index)?.JoinedArguments ?? default, Index)
        .Text("proc.cmdline", "proc.name and proc.args.", static (e, _) => e.Process?.CommandLine ?? default)
        .Text("proc.pcmdline", "proc.cmdline of the parent.", static (e, _) => e.Process?.Parent?.CommandLine ?? default)
        .Ancestor("proc.acmdline", "proc.cmdline of an ancestor, or of any.", static p => p.CommandLine)
        .Number("proc.cmdnargs", FieldType.UInt64, "Number of arguments.", static (e, _) => e.Process?.Arguments.Count)
        .Number("proc.cmdlenargs", FieldType.UInt64, "Bytes of the arguments together.", static (e, _) => ArgumentBytes(e.Process))
        .Text("proc.exeline", "proc.exe and proc.args.", static (e, _) => ExecutableLine(e))
        .Text("proc.env", "Environment; proc.env[NAME] is one variable.", static (e, a) => Environment(e, e.Process, a.Key), FieldTraits.ArgumentAllowed | FieldTraits.ArgumentKey)
        .Add(new FieldDefinition("proc.aenv", FieldType.CharBuf, "Environment of any ancestor, of one by number, or a variable of the nearest that has it.",
            FieldTraits.ArgumentAllowed | FieldTraits.ArgumentKey | FieldTraits.ArgumentIndex | FieldTraits.NoRight | FieldTraits.NoTransformer)
        {
            Text = static (e, a) => AncestorEnvironment(e, a),
            AncestorText = static (e, p) => Environment(e, p, null),
        })
        .Text("proc.cwd", "Working directory, with a slash at its end.", static (e, _) => e.Process?.WorkingDirectory ?? default)
        .Number("proc.loginshellid", FieldType.Int64, "Process number of the oldest shell among the ancestors.", static (e, _) => e.Process?.LoginShellPid)
        .Number("proc.tty", FieldType.UInt32, "Terminal; 0 for none.", static (e, _) => e.Process?.Terminal)
        .Number("proc.pid", FieldType.Int64, "Process number.", static (e, _) => e.Process?.Pid)
        .Number("proc.ppid", FieldType.Int64, "Process number of the parent.", static (e, _) => e.Process?.Parent?.Pid)
        .Add(new FieldDefinition("proc.apid", FieldType.Int64, "Process number of an ancestor, or of any.", Index | FieldTraits.NoRight | FieldTraits.NoTransformer)
        {
            Number = static (e, a) => e.Process?.Ancestor(Math.Max(0, a.Index))?.Pid,
            AncestorNumber = static p => p.Pid,
        })
        .Number("proc.vpid", FieldType.Int64, "Process number in its own namespace.", static (e, _) => e.Process?.VirtualPid)
        .Number("proc.pvpid", FieldType.Int64, "As proc.vpid, of the parent.", static (e, _) => e.Process?.Parent?.VirtualPid)
        .Number("proc.sid", FieldType.Int64, "Session number.", static (e, _) => e.Process?.SessionId)
        .Text("proc.sname", "Name of the session's leader.", static (e, _) => Session(e)?.Name ?? default)
        .Text("proc.sid.exe", "proc.exe of the session's leader.", static (e, _) => Session(e)?.Executable ?? default)
        .Text("proc.sid.exepath", "proc.exepath of the session's leader.", static (e, _) => Session(e)?.ExecutablePath ?? default)
        .Number("proc.vpgid", FieldType.Int64, "Process group in its own namespace.", static (e, _) => e.Process?.VirtualGroupId)
        .Text("proc.vpgid.name", "Name of that group's leader.", static (e, _) => VirtualGroup(e)?.Name ?? default)
        .Text("proc.vpgid.exe", "proc.exe of that group's leader.", static (e, _) => VirtualGroup(e)?.Executable ?? default)
        .Text("proc.vpgid.exepath", "proc.exepath of that group's leader.", static (e, _) => VirtualGroup(e)?.ExecutablePath ?? default)
        .Number("proc.pgid", FieldType.Int64, "Process group.", static (e, _) => e.Process?.GroupId)
        .Text("proc.pgid.name", "Name of the group's leader.", static (e, _) => Group(e)?.Name ?? default)
        .Text("proc.pgid.exe", "proc.exe of the group's leader.", static (e, _) => Group(e)?.Executable ?? default)
        .Text("proc.pgid.exepath", "proc.exepath of the group's leader.", static (e, _) => Group(e)?.ExecutablePath ?? default)
        .Number("proc.duration", FieldType.RelTime, "Nanoseconds since the process started.", static (e, _) => Since(e.Timestamp, e.Process?.StartTime))
        .Number("proc.ppid.duration", FieldType.RelTime, "Nanoseconds since the parent started.", static (e, _) => Since(e.Timestamp, e.Process?.Parent?.StartTime))
        .Number("proc.pid.ts", FieldType.RelTime, "Start of the process, nanoseconds since 1970.", static (e, _) => e.Process?.StartTime)
        .Number("proc.ppid.ts", FieldType.RelTime, "Start of the parent, nanoseconds since 1970.", static (e, _) => e.Process?.Parent?.StartTime)
        .Flag("proc.is_exe_writable", "True where the user may write the program.", static e => e.Process?.IsExecutableWritable)
        .Flag("proc.is_exe_upper_layer", "True where the program is in the container's writable layer.", static e => e.Process?.IsExecutableInUpperLayer)
        .Flag("proc.is_exe_lower_layer", "True where the program is in a read-only layer.", static e => e.Process?.IsExecutableInLowerLayer)
        .Flag("proc.is_exe_from_memfd", "True where the program is in memory alone.", static e => e.Process?.IsExecutableInMemory)
        .Flag("proc.is_sid_leader", "True for the leader of a session.", static e => e.Process is { SessionId: { } id } p ? id == p.VirtualPid : null)
        .Flag("proc.is_vpgid_leader", "True for the leader of a group in its namespace.", static e => e.Process is { VirtualGroupId: { } id } p ? id == p.VirtualPid : null)
        .Flag("proc.is_pgid_leader", "True for the leader of a group.", static e => e.Process is { GroupId: { } id } p ? id == p.Pid : null)
        .Number("proc.exe_ino", FieldType.Int64, "Inode of the program.", static (e, _) => (long?)e.Process?.ExecutableInode)
        .Number("proc.exe_ino.ctime", FieldType.AbsTime, "Change time of that inode.", static (e, _) => e.Process?.ExecutableChangeTime)
        .Number("proc.exe_ino.mtime", FieldType.AbsTime, "Modification time of that inode.", static (e, _) => e.Process?.ExecutableModifyTime)
        .Number("proc.exe_ino.ctime_duration_proc_start", FieldType.AbsTime, "Nanoseconds from that change to the start of the process.", static (e, _) =>
            e.Process is { } p ? Since(p.StartTime, p.ExecutableChangeTime) : null)
        .Number("proc.exe_ino.ctime_duration_pidns_start", FieldType.AbsTime, "Nanoseconds from the start of the namespace to that change.", static (e, _) =>
            e.Process is { } p ? Since(p.ExecutableChangeTime, p.NamespaceStartTime) : null)
        .Number("proc.pidns_init_start_ts", FieldType.UInt64, "Start of the namespace, nanoseconds since 1970.", static (e, _) => e.Process?.NamespaceStartTime)
        .Text("thread.cap_permitted", "Permitted capabilities.", static (e, _) => Capability(e, e.Process?.PermittedCapabilities))
        .Text("thread.cap_inheritable", "Inheritable capabilities.", static (e, _) => Capability(e, e.Process?.InheritableCapabilities))
        .Text("thread.cap_effective", "Effective capabilities.", static (e, _) => Capability(e, e.Process?.EffectiveCapabilities))
        .Missing("proc.fdopencount", FieldType.UInt64, "Number of open descriptors.")
        .Missing("proc.fdlimit", FieldType.Int64, "Most descriptors the process may open.")
        .Missing("proc.fdusage", FieldType.Double, "Open descriptors in relation to the limit.")
        .Number("proc.vmsize", FieldType.UInt64, "Memory of the process in kB.", static (e, _) => (long?)e.Process?.VirtualMemory, FieldTraits.Unfilled)
        .Number("proc.vmrss", FieldType.UInt64, "Resident memory in kB.", static (e, _) => (long?)e.Process?.ResidentMemory, FieldTraits.Unfilled)
        .Number("proc.vmswap", FieldType.UInt64, "Memory that is swapped out, in kB.", static (e, _) => (long?)e.Process?.SwappedMemory, FieldTraits.Unfilled)
        .Number("proc.nthreads", FieldType.UInt64, "Threads that live.", static (e, _) => e.Process?.Threads, FieldTraits.Unfilled)
        .Number("proc.nchilds", FieldType.UInt64, "Threads that live, without the first.", static (e, _) => e.Process?.Threads - 1, FieldTraits.Unfilled)
        .Text("proc.stdin.type", "Type of descriptor 0.", static (e, _) => Stream(e, 0)?.Kind is { } kind ? DescriptorText.TypeOf(kind) : default)
        .Text("proc.stdout.type", "Type of descriptor 1.", static (e, _) => Stream(e, 1)?.Kind is { } kind ? DescriptorText.TypeOf(kind) : default)
        .Text("proc.stderr.type", "Type of descriptor 2.", static (e, _) => Stream(e, 2)?.Kind is { } kind ? DescriptorText.TypeOf(kind) : default)
        .Text("proc.stdin.name", "Name of descriptor 0.", static (e, _) => Stream(e, 0)?.Name ?? default, FieldTraits.Unfilled)
        .Text("proc.stdout.name", "Name of descriptor 1.", static (e, _) => Stream(e, 1)?.Name ?? default, FieldTraits.Unfilled)
        .Text("proc.stderr.name", "Name of descriptor 2.", static (e, _) => Stream(e, 2)?.Name ?? default, FieldTraits.Unfilled)
        .Missing("proc.is_container_healthcheck", FieldType.Bool, "True for health checks.", FieldTraits.Deprecated)
        .Missing("proc.is_container_liveness_probe", FieldType.Bool, "True for liveness probes.", FieldTraits.Deprecated)
        .Missing("proc.is_container_readiness_probe", FieldType.Bool, "True for readiness probes.", FieldTraits.Deprecated);

    private static ProcessFacts? Session(KernelEvent e) => e.Process?.Eldest(static p => p.SessionId);

    private static ProcessFacts? Group(KernelEvent e) => e.Process?.Eldest(static p => p.GroupId);

    private static ProcessFacts? VirtualGroup(KernelEvent e) => e.Process?.Eldest(static p => p.VirtualGroupId);

    private static DescriptorFacts? Stream(KernelEvent e, int number) => e.Process?.StandardStreams[number];

    private static Text Capability(KernelEvent e, ulong? set) => set is { } bits ? ArgumentNames.Capability(bits, e.Scratch) : default;

    private static long? Since(long? end, long? start) => end - start is >= 0 and var span ? span : null;

    private static Text Argument(ProcessFacts? process, int index) => process is null ? default
        : index < 0 ? process.JoinedArguments
        : index < process.Arguments.Count ? process.Arguments[index] : Text.Empty;

    private static long? ArgumentBytes(ProcessFacts? process) => process is null ? null : process.JoinedArguments.Length - Math.Max(0, process.Arguments.Count - 1);

    private static Text ExecutableLine(KernelEvent e)
    {
        if (e.Process is not { Executable.IsAbsent: false } process)
        {
            return default;
        }

        var scratch = e.Scratch.Begin().Append(process.Executable.Span);
        return (process.JoinedArguments.Length > 0 ? scratch.Append((byte)' ').Append(process.JoinedArguments.Span) : scratch).Take();
    }

    private static Text AncestorEnvironment(KernelEvent e, FieldArgument argument)
    {
        if (argument.Key is null)
        {
            return Environment(e, e.Process?.Ancestor(Math.Max(0, argument.Index)), null);
        }

        var process = e.Process?.Parent;
        for (var depth = 0; process is not null && depth < ProcessFacts.DeepestAncestor; depth++)
        {
            if (Environment(e, process, argument.Key) is { Length: > 0 } value)
            {
                return value;
            }

            process = process.Parent;
        }

        return e.Process is null ? default : Text.Empty;
    }

    private static Text Environment(KernelEvent e, ProcessFacts? process, string? name)
    {
        if (process is null)
        {
            return default;
        }

        if (name is null)
        {
            var scratch = e.Scratch.Begin();
            for (var i = 0; i < process.Environment.Count; i++)
            {
                (i > 0 ? scratch.Append((byte)' ') : scratch).Append(process.Environment[i].Span);
            }

            return scratch.Take();
        }

        Span<byte> wanted = stackalloc byte[256];
        if (!System.Text.Encoding.UTF8.TryGetBytes(name, wanted, out var length))
        {
            return default;
        }

        for (var i = 0; i < process.Environment.Count; i++)
        {
            var entry = process.Environment[i];
            if (entry.Length > length && entry.Span[length] == '=' && entry.Span.StartsWith(wanted[..length]))
            {
                return entry.Slice(length + 1, entry.Length - length - 1);
            }
        }

        return Text.Empty;
    }

    private static FieldClass Ancestor(this FieldClass fields, string name, string description, Func<ProcessFacts, Text> read) =>
        fields.Add(new FieldDefinition(name, FieldType.CharBuf, description, Index | FieldTraits.NoRight | FieldTraits.NoTransformer) { AncestorText = (_, process) => read(process) });
}
