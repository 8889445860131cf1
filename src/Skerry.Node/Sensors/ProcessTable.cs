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

    private const int MostWords = 256; // of a command line, and of an environment; the rest is part of the last
    private const int Crowd = 2048; // processes of a container beyond which less is kept of each
    private const int LongestInCrowd = 1024; // bytes of a command line then; and of environments nothing
    private const int LongestEnded = 512; // bytes of the command line of a process that has ended

    private static readonly byte[][] Shells = [.. new[] { "sh", "bash", "dash", "ash", "zsh", "ksh", "csh", "tcsh", "fish" }.Select(Encoding.ASCII.GetBytes)];

    private readonly Dictionary<ulong, ProcessEntry> _entries = []; // by SensedContainer.KeyOf
    private readonly PathBytes _paths = new();
    private ProcessFacts? _ended; // the event of its end may still be judged
    private readonly long _bootTime = Linux.KernelClock.Realtime - Linux.KernelClock.Boot;

    /// <summary>Told of each process that a condemned one made.</summary>
    internal Action<ProcessEntry>? BornCondemned { get; set; }

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
        Shorten();
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
            entry.Facts.WorkingDirectory = Directory(view.Section(SectionKind.WorkingDirectory));
        }

        return entry;
    }

    /// <summary>A process was given a program.</summary>
    internal void Exec(ProcessEntry entry, in RecordView view)
    {
        var facts = entry.Facts;
        var isCrowded = entry.Container.ProcessCount > Crowd;
        var line = view.Section(SectionKind.Arguments);
        var words = Split(isCrowded && line.Length > LongestInCrowd ? line[..LongestInCrowd] : line);
        facts.Executable = words.Length > 0 ? words[0] : default;
        facts.Environment = isCrowded ? [] : Split(view.Section(SectionKind.Environment));
        facts.WorkingDirectory = Directory(view.Section(SectionKind.WorkingDirectory));
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
    internal void ChangeDirectory(ProcessEntry entry, ReadOnlySpan<byte> section) => entry.Facts.WorkingDirectory = Directory(section);

    /// <summary>A process ended; its children keep what is known of it.</summary>
    internal void End(ProcessEntry entry)
    {
        if (_entries.Remove(entry.Container.KeyOf((uint)entry.Facts.Pid), out var known))
        {
            known.Container.ProcessCount--;
            known.Leave();
        }

        Shorten();
        _ended = entry.Facts;
    }

    private void Shorten()
    {
        _ended?.Shorten(LongestEnded);
        _ended = null;
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

    /// <summary>Condemns a process and all that descend from it.</summary>
    /// <returns>Those beneath it that were not condemned already, each after the one it is beneath.</returns>
    internal static List<ProcessEntry> Condemn(ProcessEntry entry)
    {
        List<ProcessEntry> beneath = [];
        if (entry.IsCondemned)
        {
            return beneath;
        }

        entry.IsCondemned = true;
        var above = entry;
        for (var next = 0; ; above = beneath[next++])
        {
            foreach (var one in above.Beneath)
            {
                // What is beneath one that is condemned is so, too.
                if (!one.IsCondemned)
                {
                    one.IsCondemned = true;
                    beneath.Add(one);
                }
            }

            if (next == beneath.Count)
            {
                return beneath;
            }
        }
    }

    /// <summary>The nearest ancestor that lives.</summary>
    private ProcessFacts? Living(ProcessFacts? process, SensedContainer container)
    {
        while (process is not null && !(_entries.TryGetValue(container.KeyOf((uint)process.Pid), out var entry) && entry.Facts == process))
        {
            process = process.Parent;
        }

        return process;
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
                // What lives stays above it: of a chain however long, all that the first started can be found.
                oldest.Parent = Living(oldest.Parent, container);
            }

            entry.Depth = ProcessFacts.DeepestAncestor;
        }

        var key = container.KeyOf(head.Process);
        if (_entries.TryGetValue(key, out var before))
        {
            before.Container.ProcessCount--;
            before.Leave();
        }

        _entries[key] = entry;
        container.ProcessCount++;
        if (parent is not null && parent != before && parent.Container == container)
        {
            entry.Join(parent);
            if (parent.IsCondemned)
            {
                entry.IsCondemned = true;
                BornCondemned?.Invoke(entry);
            }
        }

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

    /// <summary>A directory outside of the process's root is marked as getcwd(2) marks it.</summary>
    private Text Directory(ReadOnlySpan<byte> section)
    {
        var path = _paths.Read(section, out var end);
        ReadOnlySpan<byte> before = end == PathEnd.Outside ? "(unreachable)"u8 : [];
        ReadOnlySpan<byte> after = path is [.., (byte)'/'] ? [] : "/"u8;
        return path.IsEmpty ? default : new Text([.. before, .. path, .. after]);
    }

    private static Text[] Split(ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
        {
            return [];
        }

        var bytes = block.ToArray();
        var words = new Text[Math.Min(MostWords, block.Count((byte)0) + (block[^1] == 0 ? 0 : 1))];
        var at = 0;
        for (var i = 0; i < words.Length; i++)
        {
            var length = bytes.AsSpan(at).IndexOf((byte)0);
            if (i == MostWords - 1)
            {
                length = bytes[^1] == 0 ? bytes.Length - at - 1 : bytes.Length - at;
                bytes.AsSpan(at, length).Replace((byte)0, (byte)' ');
            }

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
