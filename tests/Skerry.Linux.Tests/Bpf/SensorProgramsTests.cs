using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Skerry.Linux.Bpf;

namespace Skerry.Linux.Tests.Bpf;

/// <summary>The programs of bpf/ on the running kernel, told about a real pid namespace.</summary>
public sealed class SensorProgramsTests
{
    private const uint Number = 77;
    private const int OpenAt = 257; // asm/unistd_64.h
    private const int Chdir = 80;
    private const int OpenAt2 = 437;
    private const int Clone3 = 435;
    private const int Read = 0;
    private const int Write = 1;
    private const int Connect = 42;
    private const int Accept = 43;
    private const int Accept4 = 288;
    private const int SendMessages = 307;
    private const int RingSize = 1 << 20;

    private readonly List<Told> _records = [];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_program_that_is_started_in_a_watched_namespace_is_told_with_its_path_and_its_arguments(uint callsAlone)
    {
        using var programs = Load(callsAlone);
        using var inside = new Inside();
        programs.Watch(inside.PidNamespace, new WatchedContainer { Container = Number });
        inside.Say("/usr/bin/env A=1 /bin/true one two");

        var records = ReadUntil(programs, static r => r.Kind == RecordKind.Exec && r.Has(SectionKind.Program, "true\0bin\0"));
        var started = records[^1];
        Assert.Equal(Number, started.Head.Container);
        Assert.Equal("/bin/true\0one\0two\0", started.Text(SectionKind.Arguments));
        Assert.Contains("A=1\0", started.Text(SectionKind.Environment), StringComparison.Ordinal);
        Assert.Equal("true", started.State<ProcessState>(SectionKind.Process) is var state ? Encoding.UTF8.GetString(state.Name).TrimEnd('\0') : null);
        Assert.Contains(records, r => r.Kind == RecordKind.Fork && r.Head.Process == started.Head.Process && r.Head.Start == started.Head.Start);
        ReadUntil(programs, r => r.Kind == RecordKind.Exit && r.Head.Process == started.Head.Process && r.Head.Result == 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_file_that_is_opened_is_told_by_the_name_it_has_and_the_name_that_was_given(uint callsAlone)
    {
        using var programs = Load(callsAlone);
        programs.SetPlan(OpenAt, new CallPlan { Handler = CallHandler.Open, Text0 = 1, Text1 = -1, Text2 = -1, Directory0 = 0, Directory1 = -1, Descriptor = CallPlan.FromResult, Address = -1 });
        using var inside = new Inside();
        programs.Watch(inside.PidNamespace, new WatchedContainer { Container = Number });
        inside.Say("cat /etc/../etc/./hostname; cat /no/such/file");

        var opened = ReadUntil(programs, static r => r.Kind == RecordKind.Call && r.Head.Call == OpenAt && r.Has(SectionKind.Text0, "/etc/../etc/./hostname"))[^1];
        Assert.True(opened.Head.Result >= 0);
        Assert.EndsWith("hostname\0etc\0", opened.Text(SectionKind.File), StringComparison.Ordinal);
        Assert.Equal(0x8000, opened.State<DescriptorState>(SectionKind.Descriptor).Mode & 0xF000);
        var failed = ReadUntil(programs, static r => r.Has(SectionKind.Text0, "/no/such/file"))[^1];
        Assert.Equal(-2, failed.Head.Result);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_file_is_told_with_all_its_names_however_long_they_are_and_however_many(uint callsAlone)
    {
        using var programs = Load(callsAlone);
        programs.SetPlan(OpenAt, new CallPlan { Handler = CallHandler.Open, Text0 = 1, Text1 = -1, Text2 = -1, Directory0 = 0, Directory1 = -1, Descriptor = CallPlan.FromResult, Address = -1 });
        var top = Directory.CreateTempSubdirectory("skerry-names-").FullName;
        try
        {
            string[] names = [.. new[] { 1, 7, 8, 9, 31, 32, 38, 39, 40, 41, 255, 2 }.Select(static (length, i) => new string((char)('a' + i), length))];
            var directory = names.SkipLast(1).Aggregate(top, static (above, name) => Directory.CreateDirectory(Path.Combine(above, name)).FullName);
            File.WriteAllText(Path.Combine(directory, names[^1]), "x\n");
            using var inside = new Inside();
            programs.Watch(inside.PidNamespace, new WatchedContainer { Container = Number });

            // By a mount as well, so that the walk leaves one.
            inside.Say($"cat {directory}/{names[^1]}; unshare --mount --propagation private sh -c 'mkdir {top}/on; mount --bind {directory} {top}/on; cat {top}/on/{names[^1]}'");
            string Reversed(params IEnumerable<string> parts) => string.Concat(parts.Reverse().Select(static p => p + "\0"));
            string[] above = top.Split('/', StringSplitOptions.RemoveEmptyEntries);
            ReadUntil(programs, r => r.Text(SectionKind.File) == "\0" + Reversed([.. above, .. names]));
            ReadUntil(programs, r => r.Text(SectionKind.File) == "\0" + Reversed([.. above, "on", names[^1]]));
        }
        finally
        {
            Directory.Delete(top, recursive: true);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Every_message_that_goes_elsewhere_than_the_one_before_is_told_with_its_address(uint callsAlone)
    {
        using var programs = Load(callsAlone);
        programs.SetPlan(SendMessages, new CallPlan { Handler = CallHandler.Messages, Flags = CallFlags.Message, Text0 = -1, Text1 = -1, Text2 = -1, Directory0 = -1, Directory1 = -1, Descriptor = 0, Address = 1 });
        using var inside = new Inside();
        programs.Watch(inside.PidNamespace, new WatchedContainer { Container = Number });

        // struct mmsghdr, asm of x86-64; the addresses stay in @a. More than a hundred to one address, then three to others.
        const string Script = """
            use Socket; socket S, PF_INET, SOCK_DGRAM, 0; $x = "x"; $v = pack "PJ", $x, 1; @p = ((5001) x 120, 5002, 5003, 5001);
            for (@p) { push @a, pack "SnC4x8", 2, $_, 127, 0, 0, 1; $m .= pack "JLx4JJJJLx4Lx4", unpack("J", pack "P", $a[-1]), 16, unpack("J", pack "P", $v), 1, 0, 0, 0, 0 }
            syscall 307, fileno S, $m, scalar @p, 0; exec "/bin/true", "sent"
            """;
        inside.Say($"/usr/bin/perl -e '{Script}'");
        var records = ReadUntil(programs, static r => r.Kind == RecordKind.Exec && r.Has(SectionKind.Arguments, "/bin/true\0sent\0")).Where(static r => r.Kind == RecordKind.Call && r.Head.Call == SendMessages).ToList();
        Assert.Equal([5001, 5002, 5003, 5001], records.Select(static r => r.Port));
        Assert.All(records, static r => Assert.Equal((123L, 2), (r.Head.Result, (int)r.State<DescriptorState>(SectionKind.Descriptor).Family)));
        var counters = new SensorCounter[SensorCounter.Kinds];
        programs.ReadCounters(counters);
        Assert.Equal((4UL, 4UL), (counters[SendMessages].Seen, counters[SendMessages].Sent));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_unix_socket_goes_by_the_servers_path_on_both_sides_though_its_client_has_a_path_of_its_own(uint callsAlone)
    {
        using var programs = Load(callsAlone);
        foreach (var call in (int[])[Connect, Accept, Accept4, Read, Write])
        {
            var descriptor = call is Accept or Accept4 ? CallPlan.FromResult : (sbyte)0;
            programs.SetPlan(call, new CallPlan { Handler = call is Read or Write ? CallHandler.Plain : CallHandler.Network, Text0 = -1, Text1 = -1, Text2 = -1, Directory0 = -1, Directory1 = -1, Descriptor = descriptor, Address = -1 });
        }

        var directory = Directory.CreateTempSubdirectory("skerry-unix-").FullName;
        try
        {
            using var inside = new Inside();
            programs.Watch(inside.PidNamespace, new WatchedContainer { Container = Number });
            const string Script = """
                use Socket; $d = $ARGV[0]; socket L, PF_UNIX, SOCK_STREAM, 0; bind L, pack_sockaddr_un("$d/server"); listen L, 1;
                socket C, PF_UNIX, SOCK_STREAM, 0; bind C, pack_sockaddr_un("$d/client"); connect C, pack_sockaddr_un("$d/server");
                accept A, L; syswrite C, "to the server"; sysread A, $x, 99; exec "/bin/true", "spoken"
                """;
            inside.Say($"/usr/bin/perl -e '{Script}' {directory}");
            var records = ReadUntil(programs, static r => r.Kind == RecordKind.Exec && r.Has(SectionKind.Arguments, "/bin/true\0spoken\0")).Where(static r => r.Kind == RecordKind.Call && r.Text(SectionKind.Unix).Length > 0).ToList();
            Assert.Equal([Connect, Accept4, Write, Read], records.Select(static r => r.Head.Call == Accept ? Accept4 : (int)r.Head.Call));
            Assert.All(records, r => Assert.Equal($"{directory}/server", r.Text(SectionKind.Unix).TrimEnd('\0')));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void A_child_that_is_given_to_its_grandparent_is_told_with_its_maker()
    {
        using var programs = Load();
        using var inside = new Inside();
        programs.Watch(inside.PidNamespace, new WatchedContainer { Container = Number });

        // clone(CLONE_PARENT | SIGCHLD)
        inside.Say("/usr/bin/perl -e 'exec \"/bin/true\", \"given\" if syscall(56, 0x8011, 0, 0, 0, 0) == 0; select undef, undef, undef, 0.2'");
        var records = ReadUntil(programs, static r => r.Kind == RecordKind.Exec && r.Has(SectionKind.Arguments, "/bin/true\0given\0"));
        var maker = records.Last(static r => r.Kind == RecordKind.Exec && r.Has(SectionKind.Program, "perl")).Head;
        var given = records.Single(r => r.Kind == RecordKind.Fork && r.Head.Process == records[^1].Head.Process && r.Head.Start == records[^1].Head.Start).Head;
        Assert.Equal((maker.Process, maker.Parent), ((uint)given.Result, given.Parent));
    }

    [Fact]
    public void What_the_others_do_is_told_until_the_kernel_has_killed_them_though_the_first_process_is_ending()
    {
        using var programs = Load();
        programs.SetPlan(Chdir, new CallPlan { Handler = CallHandler.Plain, Text0 = 0, Text1 = -1, Text2 = -1, Directory0 = -1, Directory1 = -1, Descriptor = -1, Address = -1 });
        var done = Path.GetTempFileName();
        try
        {
            using var inside = new Inside();
            programs.Watch(inside.PidNamespace, new WatchedContainer { Container = Number });

            // The first process has much memory to give back, in small pages, before the kernel kills the other, which counts what it does.
            const string Script = """
                unless (fork) { open F, ">", $ARGV[0]; for ($n = 1; ; $n++) { chdir "/none/$n/"; sysseek F, 0, 0; syswrite F, "$n\n"; select undef, undef, undef, 0.0005 } }
                syscall 157, 41, 1, 0, 0, 0; $m = 300000000; $x = "a" x $m; select undef, undef, undef, 0.2; syscall 231, 0
                """;
            inside.Last($"exec /usr/bin/perl -e '{Script}' {done}");
            var acted = int.Parse(File.ReadAllText(done).Split('\n')[0], System.Globalization.CultureInfo.InvariantCulture);
            var end = ReadUntil(programs, static r => r.Kind == RecordKind.Exit && r.Head.VirtualProcess == 1)[^1].Head.Time;
            programs.Ring.Drain(bytes => _records.Add(new Told(bytes.ToArray())));
            Assert.True(acted > 20, $"{acted}");
            Assert.Contains(_records, r => r.Has(SectionKind.Text0, $"/none/{acted}/"));
            Assert.Contains(_records, r => r.Kind == RecordKind.Call && r.Head.Time > end);
        }
        finally
        {
            File.Delete(done);
        }
    }

    [Fact]
    public void A_namespace_whose_first_process_is_gone_is_watched_no_more()
    {
        using var programs = Load();
        using var inside = new Inside();
        programs.Watch(inside.PidNamespace, new WatchedContainer { Container = Number });
        Assert.True(programs.IsWatched(inside.PidNamespace));
        inside.Last("exit");
        var deadline = Stopwatch.StartNew();
        while (programs.IsWatched(inside.PidNamespace))
        {
            Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(20), "it is watched though it ended");
            Thread.Yield(); // until the kernel's grace period is over
        }
    }

    [Fact]
    public void How_a_file_was_opened_the_file_says_and_not_what_another_wrote_into_its_callers_memory_meanwhile()
    {
        using var programs = Load();
        programs.SetPlan(OpenAt2, new CallPlan { Handler = CallHandler.Open, Flags = CallFlags.How, Text0 = 1, Text1 = -1, Text2 = -1, Directory0 = 0, Directory1 = -1, Descriptor = CallPlan.FromResult, Address = -1 });
        var directory = Directory.CreateTempSubdirectory("skerry-how-").FullName;
        try
        {
            using var inside = new Inside();
            programs.Watch(inside.PidNamespace, new WatchedContainer { Container = Number });

            // O_WRONLY of a pipe waits for a reader; while it does, it becomes O_RDONLY.
            const string Script = """
                $h = pack "QQQ", 1, 0, 0; $p = "$ARGV[0]/pipe"; $a = unpack "J", pack "P", $h;
                unless (fork) {
                    $w = getppid; do { open F, "<", "/proc/$w/syscall"; $s = <F>; select undef, undef, undef, 0.01 } until $s =~ /^437 /;
                    open M, "+<", "/proc/$w/mem"; sysseek M, $a, 0; syswrite M, pack "QQQ", 0, 0, 0; close M; open R, "<", $p; sleep 1; exit
                }
                syscall 437, -100, $p, $h, 24; wait
                """;
            File.WriteAllText(Path.Combine(directory, "how"), Script);
            inside.Say($"mkfifo {directory}/pipe; unshare --mount --propagation private sh -c \"mount -t proc proc /proc; exec /usr/bin/perl {directory}/how {directory}\"");
            var opened = ReadUntil(programs, static r => r.Kind == RecordKind.Call && r.Head.Call == OpenAt2)[^1].Head;
            Assert.True(opened.Result >= 0, $"{opened.Result}");
            Assert.Equal(1UL, opened.Arguments[2]);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void The_flags_of_clone3_are_those_of_the_structure_that_it_is_given()
    {
        using var programs = Load();
        programs.SetPlan(Clone3, new CallPlan { Handler = CallHandler.Plain, Flags = CallFlags.How, Text0 = -1, Text1 = -1, Text2 = -1, Directory0 = -1, Directory1 = -1, Descriptor = -1, Address = -1 });
        using var inside = new Inside();
        programs.Watch(inside.PidNamespace, new WatchedContainer { Container = Number });

        // CLONE_NEWUSER, and a signal at the end.
        inside.Say("/usr/bin/perl -e '$h = pack \"Q11\", 0x10000000, 0, 0, 0, 17; exit if syscall(435, $h, 88) == 0; wait'");
        var made = ReadUntil(programs, static r => r.Kind == RecordKind.Call && r.Head.Call == Clone3 && r.Head.Result != 0)[^1].Head;
        Assert.Equal(0x10000000UL, made.Arguments[0]);
    }

    [Fact]
    public void What_happens_outside_of_watched_namespaces_is_not_told()
    {
        using var programs = Load();
        programs.SetPlan(OpenAt, new CallPlan { Handler = CallHandler.Open, Text0 = 1, Text1 = -1, Text2 = -1, Directory0 = 0, Directory1 = -1, Descriptor = CallPlan.FromResult, Address = -1 });
        using var watched = new Inside();
        using var other = new Inside();
        programs.Watch(watched.PidNamespace, new WatchedContainer { Container = Number });
        other.Say("/bin/echo secret-of-another; cat /etc/hostname");
        watched.Say("/bin/echo last");
        var records = ReadUntil(programs, static r => r.Kind == RecordKind.Exec && r.Has(SectionKind.Arguments, "last"));
        Assert.DoesNotContain(records, static r => r.Has(SectionKind.Arguments, "secret-of-another"));

        // And no more once it is watched no more.
        programs.Unwatch(watched.PidNamespace);
        watched.Say("/bin/echo unseen");
        programs.Watch(watched.PidNamespace, new WatchedContainer { Container = Number });
        watched.Say("/bin/echo end");
        Assert.DoesNotContain(ReadUntil(programs, static r => r.Has(SectionKind.Arguments, "end")), static r => r.Has(SectionKind.Arguments, "unseen"));
    }

    [Fact]
    [Trait("Promise", "P-114")]
    public void What_finds_no_room_is_counted_as_lost()
    {
        using var programs = Load();
        using var inside = new Inside();
        programs.Watch(inside.PidNamespace, new WatchedContainer { Container = Number });
        programs.SetPlan(OpenAt, new CallPlan { Handler = CallHandler.Open, Text0 = 1, Text1 = -1, Text2 = -1, Directory0 = 0, Directory1 = -1, Descriptor = CallPlan.FromResult, Address = -1 });
        inside.Say("i=0; while [ $i -lt 4000 ]; do i=$((i+1)); : < /etc/hostname; : < /etc/passwd; done");
        var counters = new SensorCounter[SensorCounter.Kinds];
        programs.ReadCounters(counters);
        Assert.True(counters[OpenAt].Seen >= 8000, $"{counters[OpenAt].Seen} seen");
        Assert.True(counters[OpenAt].Lost > 0, $"{counters[OpenAt].Sent} sent and none lost");
        Assert.Equal(counters[OpenAt].Seen, counters[OpenAt].Sent + counters[OpenAt].Lost);
    }

    [Fact]
    public void A_flood_of_calls_leaves_room_for_starts_forks_and_ends()
    {
        using var programs = Load();
        using var inside = new Inside();
        programs.Watch(inside.PidNamespace, new WatchedContainer { Container = Number });
        programs.SetPlan(OpenAt, new CallPlan { Handler = CallHandler.Open, Text0 = 1, Text1 = -1, Text2 = -1, Directory0 = 0, Directory1 = -1, Descriptor = CallPlan.FromResult, Address = -1 });
        inside.Say("i=0; while [ $i -lt 4000 ]; do i=$((i+1)); : < /etc/hostname; : < /etc/passwd; done; for i in 1 2 3 4 5 6 7 8; do /bin/true; done");
        var counters = new SensorCounter[SensorCounter.Kinds];
        programs.ReadCounters(counters);
        Assert.True(counters[OpenAt].Lost > 0, $"{counters[OpenAt].Sent} sent and none lost");
        Assert.All((int[])[SensorCounter.Exec, SensorCounter.Fork, SensorCounter.Exit], kind => Assert.Equal((8UL, 0UL), (Math.Min(8, counters[kind].Sent), counters[kind].Lost)));
    }

    [Fact]
    public void Bytes_that_are_no_program_are_refused_with_a_reason()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "loading programs into the kernel needs root");
        Assert.SkipUnless(NativeLibrary.TryLoad("libbpf.so.1", out _), "libbpf1 is not installed");
        var error = Assert.Throws<BpfException>(static () => SensorPrograms.Load("no program"u8, RingSize, default));
        Assert.Contains("sensor, open", error.Message, StringComparison.Ordinal);
    }

    private static SensorPrograms Load(uint callsAlone = 0)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "loading programs into the kernel needs root");
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "the sensor reads registers of x86-64");
        Assert.SkipUnless(NativeLibrary.TryLoad("libbpf.so.1", out _), "libbpf1 is not installed");
        using var resource = typeof(SensorProgramsTests).Assembly.GetManifestResourceStream("sensor.bpf.o")!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return SensorPrograms.Load(bytes, RingSize, new SensorSettings { WakeBytes = 1 << 16, CallsAlone = callsAlone });
    }

    /// <summary>All that was told so far, up to the first record of this kind; it stays for the next question.</summary>
    private List<Told> ReadUntil(SensorPrograms programs, Predicate<Told> last)
    {
        var records = _records;
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < TimeSpan.FromSeconds(20))
        {
            programs.Ring.Drain(bytes => records.Add(new Told(bytes.ToArray())));
            if (records.FindIndex(last) is >= 0 and var at)
            {
                return records[..(at + 1)];
            }

            programs.Ring.Wait(200, wakesAtOnce: true);
        }

        var counters = new SensorCounter[SensorCounter.Kinds];
        programs.ReadCounters(counters);
        throw new InvalidOperationException($"{counters[SensorCounter.Exec].Seen} starts seen, {counters[SensorCounter.Exec].Sent} sent; not told; {records.Count} records were: {string.Join(" | ", records.Select(static r => r.ToString()).TakeLast(20))}");
    }

    /// <summary>A shell in a pid namespace of its own.</summary>
    private sealed class Inside : IDisposable
    {
        private readonly Process _unshare = Process.Start(new ProcessStartInfo("/usr/bin/unshare", ["--pid", "--fork", "--kill-child", "/bin/sh"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

        public Inside()
        {
            // The shell reads its own /proc of outside: its number there is the one child of unshare.
            Say(":");
            var child = File.ReadAllText($"/proc/{_unshare.Id}/task/{_unshare.Id}/children").Trim();
            var link = new FileInfo($"/proc/{child}/ns/pid").LinkTarget!;
            PidNamespace = uint.Parse(link["pid:[".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
        }

        public uint PidNamespace { get; }

        /// <summary>Has it done, and waits until it is.</summary>
        public void Say(string command)
        {
            _unshare.StandardInput.WriteLine(command + "; echo done-with-it");
            _unshare.StandardInput.Flush();
            while (_unshare.StandardOutput.ReadLine() is { } line && line != "done-with-it")
            {
            }
        }

        /// <summary>Has it done as the last thing, and waits until nothing of it is left.</summary>
        public void Last(string command)
        {
            _unshare.StandardInput.WriteLine(command);
            _unshare.StandardInput.Flush();
            _unshare.WaitForExit();
        }

        public void Dispose()
        {
            _unshare.StandardInput.Close();
            _unshare.WaitForExit();
            _unshare.Dispose();
        }
    }

    private sealed class Told(byte[] bytes)
    {
        public RecordHead Head { get; } = MemoryMarshal.Read<RecordHead>(bytes);

        public RecordKind Kind => Head.Kind;

        public string Text(SectionKind kind) => Encoding.UTF8.GetString(Section(kind));

        /// <summary>Port of the address that was given.</summary>
        public int Port => (Section(SectionKind.Address)[2] << 8) | Section(SectionKind.Address)[3];

        public bool Has(SectionKind kind, string part) => Text(kind).Contains(part, StringComparison.Ordinal);

        public T State<T>(SectionKind kind)
            where T : struct => MemoryMarshal.Read<T>(Section(kind));

        public override string ToString() => $"{Kind} {Head.Call} {Head.Process} = {Head.Result} {Text(SectionKind.Arguments)}{Text(SectionKind.Text0)}{Text(SectionKind.Program)}";

        private ReadOnlySpan<byte> Section(SectionKind kind)
        {
            var at = Unsafe.SizeOf<RecordHead>();
            while (at + 4 <= bytes.Length)
            {
                var length = MemoryMarshal.Read<ushort>(bytes.AsSpan(at + 2));
                if (MemoryMarshal.Read<ushort>(bytes.AsSpan(at)) == (ushort)kind)
                {
                    return bytes.AsSpan(at + 4, length);
                }

                at += 4 + length;
            }

            return [];
        }
    }
}
