using CsCheck;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;
using Skerry.Guard.Decisions;
using Skerry.Linux.Bpf;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Sensors;

namespace Skerry.Node.Tests.Sensors;

/// <summary>Records as the kernel's side writes them, and what rules see of them.</summary>
public sealed class EventAssemblerTests
{
    private const ushort OpenAt = 257;
    private const ushort Connect = 42;
    private const ushort Write = 1;
    private const ushort SendTo = 44;
    private const ushort SendMessage = 46;
    private const ushort SendMessages = 307;
    private const ushort Dup2 = 33;
    private const uint FirstId = 0x1000_0000;

    private readonly EventAssembler _assembler = new();
    private readonly SensedContainer _container = new()
    {
        Number = 1,
        Id = new string('a', 64),
        PodId = "pod",
        PidNamespace = 1,
        First = new ProcessIdentity(0, 0),
        Facts = new ContainerFacts { Id = "aaaaaaaaaaaa", Name = "web" },
        Users = UserBook.Of(0, IdRange.At(FirstId)),
    };

    [Fact]
    public void A_file_is_named_as_the_kernel_has_it_and_the_argument_is_kept_beside()
    {
        Take(Call(OpenAt, 3).Add(SectionKind.Text0, "/tmp/notes").Add(SectionKind.Descriptor, new DescriptorState { Mode = 0x8180, Number = 3, Layer = FileLayer.Lower })
            .AddPath(SectionKind.File, PathEnd.Root, "etc", "shadow"));
        Assert.True(Fires("evt.type = openat and fd.name = /etc/shadow and fd.nameraw = /tmp/notes and fd.num = 3 and fd.typechar = f and fd.is_lower_layer = true and evt.arg.name = /tmp/notes"));
    }

    [Fact]
    public void A_file_that_could_not_be_opened_has_the_name_that_was_asked_for()
    {
        Take(Call(OpenAt, -13).Add(SectionKind.Text0, "shadow").AddPath(SectionKind.Directory0, PathEnd.Root, "etc"));
        Assert.True(Fires("evt.type = openat and fd.name = /etc/shadow and fd.num = -1 and evt.res = EACCES and evt.rawres = -13"));
    }

    [Theory]
    [InlineData(0x1180, "", "p")]
    [InlineData(0x8180, "[eventfd]", "e")]
    [InlineData(0, "[eventpoll]", "l")]
    [InlineData(0x8180, "inotify", "i")]
    public void A_pipe_without_a_file_has_no_name_and_what_has_no_file_at_all_is_below_no_root(int mode, string name, string type)
    {
        Take(Call(Write, 1).Add(SectionKind.Descriptor, new DescriptorState { Mode = (ushort)mode, Number = 3 }).AddPath(SectionKind.File, PathEnd.Detached, name));
        Assert.True(Fires($"evt.type = write and fd.name = \"{name}\" and fd.typechar = {type}"));
    }

    [Fact]
    public void A_pipe_with_a_file_and_a_file_in_memory_have_their_names()
    {
        Take(Call(Write, 1).Add(SectionKind.Descriptor, new DescriptorState { Mode = 0x1180, Number = 3 }).AddPath(SectionKind.File, PathEnd.Root, "tmp", "pipe"));
        Assert.True(Fires("fd.name = /tmp/pipe and fd.typechar = p"));
        Take(Call(Write, 1).Add(SectionKind.Descriptor, new DescriptorState { Mode = 0x8180, Number = 3 }).AddPath(SectionKind.File, PathEnd.Detached, "memfd:x"));
        Assert.True(Fires("fd.name = /memfd:x and fd.typechar = m"));
        Take(Call(Write, 1).Add(SectionKind.Descriptor, new DescriptorState { Mode = 0x8180, Number = 3 }).AddPath(SectionKind.File, PathEnd.Root, "tmp", "[eventfd]"));
        Assert.True(Fires("fd.name = \"/tmp/[eventfd]\" and fd.typechar = f"));
    }

    [Fact]
    public void The_flags_of_clone3_are_those_of_its_structure_as_the_kernels_side_tells_them()
    {
        const ushort Clone3 = 435;
        Assert.True(CallTable.All[Clone3]!.Plan.Flags.HasFlag(CallFlags.How));
        var head = Head(RecordKind.Call, 10, 100, 1) with { Call = Clone3, Result = 11 };
        head.Arguments[0] = 0x10000000; // CLONE_NEWUSER
        Take(new RecordBytes(head));
        Assert.True(Fires("evt.type = clone3 and evt.arg.flags contains CLONE_NEWUSER"));
    }

    [Fact]
    public void A_connection_has_both_ends_and_says_which_is_ours()
    {
        var state = new DescriptorState { Mode = 0xC1FF, Family = 2, Type = 1, Protocol = 6, State = 1, LocalPort = 40000, RemotePort = 443 };
        ((ReadOnlySpan<byte>)[10, 0, 0, 2]).CopyTo(state.Local);
        ((ReadOnlySpan<byte>)[192, 0, 2, 7]).CopyTo(state.Remote);
        Take(Call(Connect, 0).Add(SectionKind.Descriptor, state));
        Assert.True(Fires("evt.type = connect and fd.name = \"10.0.0.2:40000->192.0.2.7:443\" and fd.sip = 192.0.2.7 and fd.sport = 443 and fd.lport = 40000 and fd.l4proto = tcp and fd.typechar = 4 and fd.connected = true"));
    }

    [Fact]
    public void A_connection_that_was_refused_has_the_address_that_was_asked_for()
    {
        Take(Call(Connect, -111).Add(SectionKind.Descriptor, new DescriptorState { Mode = 0xC1FF, Family = 2, Type = 1, Protocol = 6, State = 7 })
            .Add(SectionKind.Address, [2, 0, 0, 80, 169, 254, 169, 254, 0, 0, 0, 0, 0, 0, 0, 0]));
        Assert.True(Fires("evt.type = connect and fd.sip = 169.254.169.254 and fd.sport = 80 and evt.res = ECONNREFUSED"));
    }

    [Theory]
    [InlineData(Connect, -4, 1, true)]
    [InlineData(Connect, -512, 2, true)]
    [InlineData(Connect, -512, 7, false)]
    [InlineData(SendTo, -512, 2, true)]
    [InlineData(SendTo, -11, 2, false)]
    public void A_connection_that_goes_on_when_a_signal_took_its_caller_out_of_waiting_is_in_progress(ushort call, long result, byte state, bool goesOn)
    {
        Take(Call(call, result, flags: 0x20000000).Add(SectionKind.Descriptor, Socket(1, 6, state, 40000, 443)).Add(SectionKind.Address, Given(2, 443, 192, 0, 2, 7)));
        Assert.Equal(goesOn, Fires("evt.type in (connect, sendto) and evt.res = EINPROGRESS and evt.rawres = -115 and fd.sip = 192.0.2.7 and (evt.type = sendto or evt.rawarg.res = -115)"));
    }

    [Theory]
    [InlineData(Connect, 0)]
    [InlineData(Connect, -115)]
    [InlineData(Connect, -512)]
    [InlineData(SendTo, 5)]
    public void Where_a_connection_leads_the_socket_says_and_not_what_is_in_its_callers_memory_by_now(ushort call, long result)
    {
        Take(Call(call, result).Add(SectionKind.Descriptor, Socket(1, 6, 1, 40000, 443)).Add(SectionKind.Address, Given(2, 80, 10, 0, 0, 9)));
        Assert.True(Fires("evt.type in (connect, sendto) and fd.sip = 192.0.2.7 and fd.sport = 443 and fd.name_changed = true"));
    }

    [Theory]
    [InlineData(SendTo, 2)]
    [InlineData(SendTo, 0)]
    [InlineData(SendMessage, 2)]
    [InlineData(SendMessages, 2)]
    public void A_message_goes_to_the_address_that_was_given_from_whatever_port(ushort call, byte family)
    {
        Take(Call(call, 1).Add(SectionKind.Descriptor, Socket(2, 17, 7, 1025, 0, remote: 0)).Add(SectionKind.Address, Given(family, 5000, 192, 0, 2, 7)));
        Assert.True(Fires("evt.type in (sendto, sendmsg, sendmmsg) and fd.sip = 192.0.2.7 and fd.sport = 5000 and fd.cport = 1025 and fd.rip = 192.0.2.7 and fd.l4proto = udp"));

        // Of a connected one, too.
        Take(Call(call, 1).Add(SectionKind.Descriptor, Socket(2, 17, 1, 1025, 53, remote: 9)).Add(SectionKind.Address, Given(family, 5000, 192, 0, 2, 7)));
        Assert.True(Fires("evt.type in (sendto, sendmsg, sendmmsg) and fd.sip = 192.0.2.7 and fd.sport = 5000"));
    }

    [Fact]
    public void The_address_of_every_call_that_sends_to_one_is_asked_for()
    {
        Assert.Equal((4, 1, 1), (CallTable.All[SendTo]!.Plan.Address, CallTable.All[SendMessage]!.Plan.Address, CallTable.All[SendMessages]!.Plan.Address));
        Assert.Equal((CallHandler.Messages, CallFlags.Message), (CallTable.All[SendMessages]!.Plan.Handler, CallTable.All[SendMessages]!.Plan.Flags));
    }

    [Theory]
    [InlineData("/run/skerry/node.sock", "/run/skerry/node.sock")]
    [InlineData("\0hidden", "@hidden")]
    public void A_unix_socket_has_its_path(string given, string name)
    {
        Take(Call(Connect, 0).Add(SectionKind.Descriptor, new DescriptorState { Mode = 0xC1FF, Family = 1, Type = 1 }).Add(SectionKind.Address, "\x01\0" + given));
        Assert.True(Fires($"evt.type = connect and fd.type = unix and fd.name = \"{name}\""));
    }

    [Fact]
    public void A_unix_socket_that_was_reached_has_the_path_it_was_bound_to_and_what_was_asked_for_beside()
    {
        var state = new DescriptorState { Mode = 0xC1FF, Family = 1, Type = 1 };
        Take(Call(Connect, 0).Add(SectionKind.Descriptor, state).Add(SectionKind.Address, "\x01\0/tmp/..//run/docker.sock").Add(SectionKind.Unix, "/run/docker.sock"));
        Assert.True(Fires("evt.type = connect and fd.type = unix and fd.name = /run/docker.sock and fd.nameraw = \"/tmp/..//run/docker.sock\""));
        Take(Call(Connect, -2).Add(SectionKind.Descriptor, state).Add(SectionKind.Address, "\x01\0/run/docker.sock").Add(SectionKind.Unix, "/run/mine"));
        Assert.True(Fires("evt.type = connect and fd.name = /run/docker.sock"));
        Take(Call(Connect, 0).Add(SectionKind.Descriptor, state).Add(SectionKind.Address, "\x01\0/run/docker.sock").Add(SectionKind.Unix, "docker.sock"));
        Assert.True(Fires("evt.type = connect and fd.name = /run/docker.sock"));
    }

    [Theory]
    [InlineData(SendTo, 2, "/run/docker.sock")]
    [InlineData(SendMessage, 2, "/run/docker.sock")]
    [InlineData(SendMessages, 2, "/run/docker.sock")]
    [InlineData(SendTo, 5, "/run/other.sock")] // SOCK_SEQPACKET: goes where it is connected to
    public void A_datagram_that_was_sent_to_a_path_has_that_path_and_not_one_of_the_socket(ushort call, ushort type, string name)
    {
        Take(Call(call, 1).Add(SectionKind.Descriptor, new DescriptorState { Mode = 0xC1FF, Family = 1, Type = type }).Add(SectionKind.Address, "\x01\0/run/docker.sock").Add(SectionKind.Unix, "/run/other.sock"));
        Assert.True(Fires($"evt.type in (sendto, sendmsg, sendmmsg) and fd.type = unix and fd.name = {name} and fd.nameraw = /run/docker.sock"));
    }

    [Fact]
    public void A_working_directory_outside_of_the_root_is_marked_as_the_kernel_marks_it()
    {
        Take(new RecordBytes(Head(RecordKind.Exec, 10, 100, 1) with { Call = 59 }).Add(SectionKind.Process, default(ProcessState)).Add(SectionKind.Arguments, "cat\0")
            .AddPath(SectionKind.Program, PathEnd.Root, "bin", "cat").AddPath(SectionKind.WorkingDirectory, PathEnd.Outside, "sys", "fs", "cgroup"));
        Assert.True(Fires("evt.type = execve and proc.cwd = \"(unreachable)/sys/fs/cgroup/\""));
    }

    [Fact]
    public void All_that_a_process_started_is_found_beneath_it_however_deep()
    {
        Start(10, 1, "sh", "sh");
        for (uint pid = 11; pid < 500; pid++)
        {
            Take(new RecordBytes(Head(RecordKind.Fork, pid, pid * 10, pid - 1)));
        }

        Take(new RecordBytes(Head(RecordKind.Fork, 900, 9000, 1)));
        Take(new RecordBytes(Head(RecordKind.Call, 10, 100, 1) with { Call = 39 }));
        Assert.Equal(Enumerable.Range(11, 489), ProcessTable.Condemn(_assembler.Entry!).Select(static p => p.Facts.Pid).Order());
        Assert.Empty(ProcessTable.Condemn(_assembler.Entry!));

        // Every second one between ends: what it made is still of the first.
        for (uint pid = 11; pid < 499; pid += 2)
        {
            Take(new RecordBytes(Head(RecordKind.Exit, pid, pid * 10, pid - 1)));
        }

    }

    [Fact]
    public void What_lives_of_a_tree_is_found_whoever_of_it_has_ended()
    {
        Start(10, 1, "sh", "sh");
        for (uint pid = 11; pid < 500; pid++)
        {
            Take(new RecordBytes(Head(RecordKind.Fork, pid, pid * 10, pid - 1)));
        }

        // Every second one between ends, and one that has many beneath it: what they made is still of the first.
        for (uint pid = 11; pid < 499; pid += 2)
        {
            Take(new RecordBytes(Head(RecordKind.Exit, pid, pid * 10, pid - 1)));
        }

        for (uint pid = 600; pid < 700; pid++)
        {
            Take(new RecordBytes(Head(RecordKind.Fork, pid, pid * 10, 12)));
        }

        Take(new RecordBytes(Head(RecordKind.Exit, 12, 120, 11)));
        Take(new RecordBytes(Head(RecordKind.Exit, 650, 6500, 12)));
        Take(new RecordBytes(Head(RecordKind.Fork, 900, 9000, 1)));
        Take(new RecordBytes(Head(RecordKind.Call, 10, 100, 1) with { Call = 39 }));
        var first = _assembler.Entry!;
        Assert.Equal(Enumerable.Range(14, 486).Where(static p => p % 2 == 0 || p == 499).Concat(Enumerable.Range(600, 100).Where(static p => p != 650)), ProcessTable.Condemn(first).Select(static p => p.Facts.Pid).Order());
    }

    [Fact]
    public void What_a_condemned_process_starts_is_condemned_and_told_of()
    {
        List<int> born = [];
        _assembler.Processes.BornCondemned = entry => born.Add(entry.Facts.Pid);
        Start(10, 1, "sh", "sh");
        Take(new RecordBytes(Head(RecordKind.Fork, 11, 110, 10)));
        _assembler.Entry!.IsCondemned = true;
        Take(new RecordBytes(Head(RecordKind.Fork, 12, 120, 10)));
        Take(new RecordBytes(Head(RecordKind.Fork, 13, 130, 12)));
        Take(new RecordBytes(Head(RecordKind.Fork, 14, 140, 11)));
        Assert.Equal([12, 13], born);
    }

    [Fact]
    public void Standard_output_that_becomes_a_connection_is_told_of_the_new_descriptor()
    {
        Take(Call(Dup2, 1).Add(SectionKind.Descriptor, new DescriptorState { Mode = 0xC1FF, Family = 2, Type = 1, Protocol = 6, State = 1, LocalPort = 40000, RemotePort = 4444, Number = 1 }));
        Assert.True(Fires("evt.type in (dup, dup2, dup3) and evt.rawres in (0, 1, 2) and fd.type in (ipv4, ipv6)"));
    }

    [Fact]
    public void A_start_tells_program_words_directory_and_ancestors()
    {
        Start(10, 1, "sh", "/bin/sh");
        Take(new RecordBytes(Head(RecordKind.Fork, 11, 110, 10)));
        Start(11, 10, "cat", "/bin/cat", "/etc/shadow", "-");
        Assert.True(Fires("evt.type = execve and proc.name = cat and proc.exepath = /usr/bin/cat and proc.args = \"/etc/shadow -\" and proc.cwd = /work/ and proc.pname = sh and proc.aname[1] = sh"));
        Assert.True(Fires("user.uid = 0 and user.name = root and proc.is_exe_upper_layer = true and proc.env[A] = 1 and container.name = web"));
    }

    [Fact]
    public void Of_a_crowd_of_processes_less_is_kept_of_each()
    {
        for (uint pid = 100; pid < 2200; pid++)
        {
            Take(new RecordBytes(Head(RecordKind.Fork, pid, pid * 10, 1)));
        }

        Start(100, 1, "sh", "sh", new string('x', 2000));
        Assert.True(Fires("evt.type = execve and proc.args startswith \"xxx\""));
        Assert.False(Fires("proc.env[A] = 1"));
        Assert.Equal(1021, _assembler.Event.Process!.JoinedArguments.Length);
        Take(new RecordBytes(Head(RecordKind.Exit, 101, 1010, 1)));
    }

    [Fact]
    public void A_child_that_was_given_to_its_grandparent_descends_from_its_maker()
    {
        Start(10, 1, "sshd", "/usr/sbin/sshd");
        Take(new RecordBytes(Head(RecordKind.Fork, 11, 110, 10) with { Result = 10 }));
        Start(11, 10, "miner", "/tmp/miner");
        Take(new RecordBytes(Head(RecordKind.Fork, 12, 120, 10) with { Result = 11 }));
        var maker = _assembler.Processes.Find(Head(RecordKind.Call, 11, 110, 10), _container);
        Take(new RecordBytes(Head(RecordKind.Call, 12, 120, 10) with { Call = OpenAt, Result = -2 }));
        Assert.True(Fires("evt.type = openat and proc.name = miner and proc.pname = miner and proc.aname[2] = sshd"));
        Assert.Equal([12], ProcessTable.Condemn(maker).Select(static e => e.Facts.Pid));
    }

    [Fact]
    public void A_number_that_is_used_again_is_another_process()
    {
        Start(10, 1, "nginx", "/usr/sbin/nginx");
        Take(new RecordBytes(Head(RecordKind.Exit, 10, 100, 1)));
        Take(new RecordBytes(Head(RecordKind.Call, 10, 999, 1) with { Call = 39 }));
        Assert.NotEqual("nginx", _assembler.Event.Process!.Name.ToString());
    }

    [Fact]
    public void A_chain_of_processes_that_fork_and_end_does_not_grow_without_end()
    {
        for (uint pid = 10; pid < 5000; pid++)
        {
            Take(new RecordBytes(Head(RecordKind.Fork, pid, pid * 10, pid - 1)));
            if (pid > 10)
            {
                Take(new RecordBytes(Head(RecordKind.Exit, pid - 1, (pid - 1) * 10, pid - 2)));
            }
        }

        Take(new RecordBytes(Head(RecordKind.Call, 4999, 49990, 4998) with { Call = 39 }));
        var depth = 0;
        for (var process = _assembler.Event.Process; process is not null; process = process.Parent)
        {
            depth++;
        }

        Assert.InRange(depth, 1, 3 * ProcessFacts.DeepestAncestor);
        Assert.Equal(1, _assembler.Processes.Count);
    }

    [Fact]
    public void A_chain_of_ended_processes_with_many_words_keeps_little_of_each()
    {
        var words = string.Concat(Enumerable.Repeat("a\0", 2047));
        var environment = string.Concat(Enumerable.Repeat("B\0", 1023));
        for (uint pid = 10; pid < 110; pid++)
        {
            Take(new RecordBytes(Head(RecordKind.Fork, pid, pid * 10, pid - 1)));
            Take(new RecordBytes(Head(RecordKind.Exec, pid, pid * 10, pid - 1) with { Call = 59 }).Add(SectionKind.Process, default(ProcessState)).Add(SectionKind.Arguments, words)
                .Add(SectionKind.Environment, environment).AddPath(SectionKind.Program, PathEnd.Root, "bin", "x"));
            Assert.Equal(255, _assembler.Event.Process!.Arguments.Count);
            Assert.Equal((2046 * 2) - 1, _assembler.Event.Process.JoinedArguments.Length);
            if (pid > 10)
            {
                Take(new RecordBytes(Head(RecordKind.Exit, pid - 1, (pid - 1) * 10, pid - 2)));
                Assert.Equal((2046 * 2) - 1, _assembler.Event.Process!.JoinedArguments.Length);
            }
        }

        var (bytes, kept) = (0, 0);
        for (var ended = _assembler.Event.Process!.Parent; ended is not null; ended = ended.Parent)
        {
            bytes += ended.CommandLine.Length + ended.Arguments.Sum(static a => a.Length) + ended.Executable.Length + ended.Environment.Sum(static v => v.Length);
            kept += ended.Arguments.Count + ended.Environment.Count;
        }

        Assert.InRange(bytes, 50_000, 110_000);
        Assert.InRange(kept, 90, 100);
    }

    [Fact]
    public void Bytes_that_are_no_record_never_throw() => Gen.Byte.Array[0, 400].Sample(bytes =>
    {
        if (RecordView.TryRead(bytes, out var view))
        {
            new EventAssembler().TryAssemble(view, _container);
        }
    });

    [Fact]
    public void A_record_that_is_cut_or_changed_anywhere_never_throws()
    {
        var whole = Call(Connect, 0).Add(SectionKind.Descriptor, new DescriptorState { Mode = 0xC1FF, Family = 1 }).Add(SectionKind.Address, "\x01\0/run/x").ToArray();
        Gen.Select(Gen.Int[0, whole.Length], Gen.Int[0, whole.Length - 1], Gen.Byte).Sample((length, at, value) =>
        {
            var bytes = whole[..length];
            if (at < length)
            {
                bytes[at] = value;
            }

            if (RecordView.TryRead(bytes, out var view))
            {
                _assembler.TryAssemble(view, _container);
            }
        }, threads: 1);
    }

    [Fact]
    public void A_call_allocates_nothing_and_a_new_process_or_program_only_what_is_kept_of_it()
    {
        Start(10, 1, "sh", "sh", "-c", "true");
        var call = Call(OpenAt, 3).Add(SectionKind.Text0, "/tmp/notes").Add(SectionKind.Descriptor, new DescriptorState { Mode = 0x8180, Number = 3 }).AddPath(SectionKind.File, PathEnd.Root, "etc", "shadow").ToArray();
        Assert.Equal(0, Allocated(call));
        Assert.InRange(Allocated(new RecordBytes(Head(RecordKind.Fork, 11, 110, 10)).ToArray()), 1, 1500);
        var exec = new RecordBytes(Head(RecordKind.Exec, 10, 100, 1) with { Call = 59 }).Add(SectionKind.Process, default(ProcessState))
            .Add(SectionKind.Arguments, "sh\0-c\0true\0").AddPath(SectionKind.Program, PathEnd.Root, "bin", "sh").AddPath(SectionKind.WorkingDirectory, PathEnd.Root, "work");
        Assert.InRange(Allocated(exec.ToArray()), 1, 1500);
    }

    /// <summary>Bytes that taking a record in allocates on this thread; the least of several times, as collections for other tests count.</summary>
    private long Allocated(byte[] record)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.True(RecordView.TryRead(record, out var view));
            _assembler.TryAssemble(view, _container);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static RecordHead Head(RecordKind kind, uint process, ulong start, uint parent) => new()
    {
        Kind = kind,
        Container = 1,
        Process = process,
        Thread = process,
        Parent = parent,
        Start = start,
        VirtualProcess = 1,
        VirtualThread = 1,
        User = FirstId,
        Group = FirstId,
        Login = uint.MaxValue,
    };

    private static DescriptorState Socket(ushort type, ushort protocol, byte state, ushort local, ushort port, byte remote = 7)
    {
        var socket = new DescriptorState { Mode = 0xC1FF, Family = 2, Type = type, Protocol = protocol, State = state, LocalPort = local, RemotePort = port };
        ((ReadOnlySpan<byte>)[10, 0, 0, 2]).CopyTo(socket.Local);
        (remote == 0 ? [] : (ReadOnlySpan<byte>)[192, 0, 2, remote]).CopyTo(socket.Remote);
        return socket;
    }

    /// <summary>struct sockaddr_in.</summary>
    private static byte[] Given(byte family, ushort port, params byte[] address) => [family, 0, (byte)(port >> 8), (byte)port, .. address, 0, 0, 0, 0, 0, 0, 0, 0];

    private static RecordBytes Call(ushort number, long result, ulong flags = 0)
    {
        var head = Head(RecordKind.Call, 10, 100, 1) with { Call = number, Result = result };
        head.Arguments[0] = number == OpenAt ? unchecked((ulong)-100L) : 3;
        head.Arguments[3] = flags;
        return new RecordBytes(head);
    }

    private void Start(uint pid, uint parent, string name, params string[] words)
    {
        var state = new ProcessState { Effective = 0x3, ProgramLayer = FileLayer.Upper, ProgramMode = 0x1ED };
        System.Text.Encoding.UTF8.GetBytes(name).CopyTo(state.Name);
        Take(new RecordBytes(Head(RecordKind.Exec, pid, pid * 10, parent) with { Call = 59 })
            .Add(SectionKind.Process, state)
            .Add(SectionKind.Arguments, string.Concat(words.Select(static w => w + "\0")))
            .Add(SectionKind.Environment, "A=1\0B=2\0")
            .AddPath(SectionKind.Program, PathEnd.Root, "usr", "bin", name)
            .AddPath(SectionKind.WorkingDirectory, PathEnd.Root, "work"));
    }

    private void Take(RecordBytes record)
    {
        Assert.True(RecordView.TryRead(record.ToArray(), out var view));
        _assembler.TryAssemble(view, _container);
    }

    private bool Fires(string condition)
    {
        var loader = new RuleLoader();
        var result = loader.Load("t", $"- rule: r\n  desc: d\n  condition: >\n    {condition}\n  output: o\n  priority: ERROR\n");
        Assert.True(result.IsSuccessful, result.ToString());
        return new RuleEvaluator(loader.Set).Judge(_assembler.Event).Length > 0;
    }
}
