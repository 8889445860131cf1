using System.Text;
using Skerry.Guard.Events;
using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors;

/// <summary>The processes of watched containers, from fork to exit, with their ancestors. A number that is used again is told from its earlier owner by the start.</summary>
/// <remarks>Belongs to the sensor's thread. What lived before the sensor is filled from /proc when it first does something.</remarks>
internal sealed class ProcessTable
{
    /// <summary>A chain of ancestors longer than this is cut: each process of a chain that forks and ends would keep all before it.</summary>
    private const int DeepestChain = 2 * ProcessFacts.DeepestAncestor;

    private static readonly byte[][] Shells = [.. new[] { "sh", "bash", "dash", "ash", "zsh", "ksh", "csh", "tcsh", "fish" }.Select(Encoding.ASCII.GetBytes)];

    private readonly Dictionary<ulong, ProcessEntry> _entries = []; // by SensedContainer.KeyOf
    private readonly PathBytes _paths = new();
    private readonly long _bootTime = Linux.KernelClock.Realtime - Linux.KernelClock.Boot;

    /// <summary>Number of processes that are known.</summary>
    internal int Count => _entries.Count;

    /// <summary>What is known of the process with a number in a container; null for nothing.</summary>
    internal ProcessFacts? Known(uint number, SensedContainer container) => _entries.TryGetValue(container.KeyOf(number), out var entry) && entry.Container == container ? entry.Facts : null;

    /// <summary>Whether a process is known.</summary>
    internal bool IsKnown(uint number, ulong start, SensedContainer container) =>
        _entries.TryGetValue(container.KeyOf(number), out var entry) && entry.Start == start && entry.Container == container;

    /// <summary>A time since 1970 as one since boot, as starts of processes are counted.</summary>
    internal ulong SinceBoot(long time) => (ulong)Math.Max(1, time - _bootTime);

    /// <summary>The process that a record is of.</summary>
    internal ProcessEntry Find(in RecordHead head, SensedContainer container)
    {
        if (!_entries.TryGetValue(container.KeyOf(head.Process), out var entry) || entry.Start != head.Start)
        {
            entry = Discover(head, container);
        }

        if (entry.Credentials != (head.User, head.Group) || entry.Facts.User is null)
        {
            entry.Credentials = (head.User, head.Group);
            entry.Facts.User = container.Users.Find(head.User, head.Group, head.Login);
        }

        return entry;
    }

    /// <summary>A process was made, or was found whose beginning nobody told.</summary>
    internal ProcessEntry Fork(in RecordView view, SensedContainer container)
    {
        // What CLONE_PARENT gives to its maker's parent descends from its maker all the same.
        var head = view.Head;
        var entry = Make(head.Result > 0 ? head with { Parent = (uint)head.Result } : head, container, out var parent);
        if (parent is not null)
        {
            entry.Facts.Inherit(parent.Facts);
        }
        else if (view.TryRead<ProcessState>(SectionKind.Process, out var state))
        {
            entry.Facts.Name = NameOf(state);
            entry.Facts.WorkingDirectory = Directory(_paths.Read(view.Section(SectionKind.WorkingDirectory), out _));
        }

        return entry;
    }

    /// <summary>A process was given a program.</summary>
    internal void Exec(ProcessEntry entry, in RecordView view)
    {
        var facts = entry.Facts;
        var words = Split(view.Section(SectionKind.Arguments));
        facts.Executable = words.Length > 0 ? words[0] : default;
        facts.Environment = Split(view.Section(SectionKind.Environment));
        facts.WorkingDirectory = Directory(_paths.Read(view.Section(SectionKind.WorkingDirectory), out _));
        facts.ExecutablePath = new Text(_paths.Read(view.Section(SectionKind.Program), out var end).ToArray());
        if (!view.TryRead<ProcessState>(SectionKind.Process, out var state))
        {
            return;
        }

        facts.SetCommand(NameOf(state), words.Length > 1 ? words[1..] : []);
        facts.Terminal = state.Terminal;
        facts.NamespaceStartTime = state.NamespaceStart == 0 ? facts.NamespaceStartTime : _bootTime + (long)state.NamespaceStart;
        facts.IsExecutableInUpperLayer = state.ProgramLayer == FileLayer.Upper;
        facts.IsExecutableInLowerLayer = state.ProgramLayer == FileLayer.Lower;
        facts.IsExecutableInMemory = end == PathEnd.Detached && state.ProgramUnlinked != 0 && facts.ExecutablePath.Span.StartsWith("/memfd:"u8);
        facts.IsExecutableWritable = MayWrite(state, entry.Credentials);
        facts.LoginShellPid = facts.Parent?.LoginShellPid ?? (IsShell(facts.Name.Span) ? facts.Pid : null);
        if (entry.Container.HasOwnKernel)
        {
            // Which does not tell the rest.
            return;
        }

        facts.SessionId = (int)state.Session;
        facts.GroupId = (int)state.Group;
        facts.VirtualGroupId = (int)state.VirtualGroup;
        facts.ExecutableInode = state.ProgramInode;
        facts.ExecutableChangeTime = (long)state.ProgramChanged;
        facts.ExecutableModifyTime = (long)state.ProgramModified;
        (facts.PermittedCapabilities, facts.InheritableCapabilities, facts.EffectiveCapabilities) = (state.Permitted, state.Inheritable, state.Effective);
        for (var i = 0; i < facts.StandardStreams.Length; i++)
        {
            facts.StandardStreams[i] = DescriptorKinds.Stream(state.Streams[i], state.StreamFamilies[i]);
        }
    }

    /// <summary>The working directory changed.</summary>
    internal void ChangeDirectory(ProcessEntry entry, ReadOnlySpan<byte> section) => entry.Facts.WorkingDirectory = Directory(_paths.Read(section, out _));

    /// <summary>A process ended; its children keep what is known of it.</summary>
    internal void End(ProcessEntry entry)
    {
        if (_entries.Remove(entry.Container.KeyOf((uint)entry.Facts.Pid), out var known))
        {
            known.Container.ProcessCount--;
        }
    }

    /// <summary>Forgets what is left of a container.</summary>
    internal void Forget(SensedContainer container)
    {
        foreach (var (key, _) in _entries.Where(e => e.Value.Container == container).ToList())
        {
            _entries.Remove(key);
        }

        container.ProcessCount = 0;
    }

    /// <summary>Processes that descend from one.</summary>
    internal IEnumerable<ProcessEntry> Below(ProcessEntry entry) => _entries.Values.Where(e => e != entry && IsBelow(e.Facts, entry.Facts));

    private static bool IsBelow(ProcessFacts process, ProcessFacts ancestor)
    {
        var above = process.Parent;
        for (var depth = 0; above is not null && depth < ProcessFacts.DeepestAncestor; depth++)
        {
            if (above == ancestor)
            {
                return true;
            }

            above = above.Parent;
        }

        return false;
    }

    private ProcessEntry Discover(in RecordHead head, SensedContainer container)
    {
        var entry = Make(head, container, out _);
        if (!container.HasOwnKernel)
        {
            ProcFacts.Fill(entry.Facts);
        }

        return entry;
    }

    private ProcessEntry Make(in RecordHead head, SensedContainer container, out ProcessEntry? parent)
    {
        _entries.TryGetValue(container.KeyOf(head.Parent), out parent);
        var facts = new ProcessFacts
        {
            Pid = (int)head.Process,
            VirtualPid = (int)head.VirtualProcess,
            Container = container.Facts,
            StartTime = _bootTime + (long)head.Start,
            Parent = parent?.Facts ?? (container.HasOwnKernel ? null : Outside(head.Parent)),
        };
        var entry = new ProcessEntry { Facts = facts, Start = head.Start, Container = container, Depth = (parent?.Depth ?? 0) + 1, Credentials = (head.User, head.Group) };
        facts.User = container.Users.Find(head.User, head.Group, head.Login);
        if (entry.Depth > DeepestChain)
        {
            if (facts.Ancestor(ProcessFacts.DeepestAncestor) is { } oldest)
            {
                oldest.Parent = null;
            }

            entry.Depth = ProcessFacts.DeepestAncestor;
        }

        var key = container.KeyOf(head.Process);
        if (_entries.TryGetValue(key, out var before))
        {
            before.Container.ProcessCount--;
        }

        _entries[key] = entry;
        container.ProcessCount++;
        return entry;
    }

    /// <summary>A process of the node that made one in a container: the monitor, or the runtime.</summary>
    private static ProcessFacts? Outside(uint pid)
    {
        if (pid == 0)
        {
            return null;
        }

        var facts = new ProcessFacts { Pid = (int)pid };
        ProcFacts.Fill(facts);
        return facts;
    }

    private static Text Directory(ReadOnlySpan<byte> path) => path.IsEmpty ? default : new Text(path[^1] == '/' ? path.ToArray() : [.. path, (byte)'/']);

    private static Text[] Split(ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
        {
            return [];
        }

        var bytes = block.ToArray();
        var words = new Text[block.Count((byte)0) + (block[^1] == 0 ? 0 : 1)];
        var at = 0;
        for (var i = 0; i < words.Length; i++)
        {
            var length = bytes.AsSpan(at).IndexOf((byte)0);
            length = length < 0 ? bytes.Length - at : length;
            words[i] = new Text(bytes, at, length);
            at += length + 1;
        }

        return words;
    }

    private static bool MayWrite(in ProcessState state, (uint User, uint Group) by)
    {
        const int Owner = 0x80, Group = 0x10, Others = 2; // S_IWUSR, S_IWGRP, S_IWOTH
        const ulong DacOverride = 1 << 1; // CAP_DAC_OVERRIDE
        return (state.Effective & DacOverride) != 0
            || (state.ProgramMode & (by.User == state.ProgramOwner ? Owner : by.Group == state.ProgramGroup ? Group : Others)) != 0;
    }

    private static Text NameOf(ProcessState state)
    {
        ReadOnlySpan<byte> name = state.Name;
        return new Text(name[..(name.IndexOf((byte)0) is >= 0 and var length ? length : name.Length)].ToArray());
    }

    private static bool IsShell(ReadOnlySpan<byte> name)
    {
        foreach (var shell in Shells)
        {
            if (name.SequenceEqual(shell))
            {
                return true;
            }
        }

        return false;
    }
}
