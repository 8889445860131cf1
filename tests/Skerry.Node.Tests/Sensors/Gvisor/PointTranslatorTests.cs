using CsCheck;
using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;
using Skerry.Linux.Processes;
using Skerry.Node.Sensors;
using Skerry.Node.Sensors.Gvisor;

namespace Skerry.Node.Tests.Sensors.Gvisor;

/// <summary>Messages as gVisor writes them, and what rules see of them.</summary>
public sealed class PointTranslatorTests
{
    private static readonly long Start = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;

    private readonly EventAssembler _assembler = new();
    private readonly SensedContainer _container = Container(1, "web");
    private readonly PointTranslator _translator;
    private readonly List<string> _fired = [];
    private RuleEvaluator? _rules;

    public PointTranslatorTests() => _translator = Translator(_container);

    [Fact]
    public void A_program_is_told_when_its_call_returns_with_its_words_its_file_and_who_started_it()
    {
        Watch("evt.type = execve and proc.name = sh and proc.exepath = /bin/busybox and proc.cmdline = \"sh -c id\" and proc.pname = nginx and proc.pid = 7 and proc.vpid = 7 and user.uid = 33 and proc.cwd = /srv/ and proc.env[A] = 1 and container.name = web");
        First("nginx", "/bin/nginx", "-d");
        Clone(1, 7);
        Take(PointKind.Exec, PointBytes.By(7, "nginx", Start + 7, "/srv", 33).Text(2, "/bin/busybox").Text(3, "sh").Text(3, "-c").Text(3, "id").Text(4, "A=1").Number(5, 0x81ED));
        Assert.Empty(_fired);
        Take(PointKind.Execve, PointBytes.By(7, "nginx", Start + 7, "/srv", 33).Returned(0).Number(3, 59).Text(6, "/bin/sh").Text(7, "sh"));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_program_whose_call_was_not_told_is_told_with_the_next_thing_that_it_does()
    {
        Watch("evt.type = execve and proc.name = sh and proc.args = \"-c id\"");
        First("nginx");
        Take(PointKind.Exec, PointBytes.By(1, "nginx", Start).Text(2, "/bin/busybox").Text(3, "sh").Text(3, "-c").Text(3, "id"));
        Take(PointKind.SetId, PointBytes.By(1, "sh", Start).Returned(0).Number(3, 105));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_program_with_too_long_an_environment_is_told_by_its_call_alone()
    {
        Watch("evt.type = execve and proc.exepath = /tmp/miner and proc.cmdline = \"miner --now\"");
        First("sh");
        Take(PointKind.Execve, PointBytes.By(1, "sh", Start, "/tmp").Returned(0).Number(3, 59).Text(6, "./miner").Text(7, "miner").Text(7, "--now"));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_program_in_memory_is_one()
    {
        Watch("evt.type = execveat and proc.is_exe_from_memfd = true");
        First("sh");
        Take(PointKind.Exec, PointBytes.By(1, "sh", Start).Text(2, "/memfd:x (deleted)").Text(3, "x"));
        Take(PointKind.Execve, PointBytes.By(1, "sh", Start).Returned(0).Number(3, 322).Text(6, string.Empty));
        Assert.Single(_fired);
    }

    [Theory]
    [InlineData("shadow", "/etc", "/etc/shadow")]
    [InlineData("../etc/./shadow", "/tmp", "/etc/shadow")]
    [InlineData("/tmp/../../etc/shadow", "/tmp", "/etc/shadow")]
    public void A_file_is_named_absolutely_and_the_argument_is_kept_beside(string path, string directory, string name)
    {
        Watch($"evt.type = openat and fd.name = {name} and fd.nameraw = {path} and fd.num = 3 and evt.is_open_read = true and fd.typechar = f");
        First("sh");
        Take(PointKind.Open, PointBytes.By(1, "sh", Start, directory).Returned(3).Number(3, 257).Number(4, -100).Text(6, path));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_file_below_an_open_directory_is_named_by_it()
    {
        Watch("evt.type = openat and fd.name = /etc/shadow");
        First("sh");
        Take(PointKind.Open, PointBytes.By(1, "sh", Start, "/tmp").Returned(3).Number(3, 257).Number(4, 5).Text(5, "/etc").Text(6, "shadow"));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_file_that_could_not_be_opened_is_told_with_the_error()
    {
        Watch("evt.type = openat and evt.res = EACCES and fd.num = -1 and fd.name = /etc/shadow");
        First("sh");
        Take(PointKind.Open, PointBytes.By(1, "sh", Start).Returned(-13).Number(3, 257).Number(4, -100).Text(6, "/etc/shadow"));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_stream_that_becomes_a_connection_is_told_as_one()
    {
        Watch("evt.type = dup2 and evt.rawres = 0 and fd.type = ipv4 and fd.sip = 192.0.2.7 and fd.sport = 4444 and fd.l4proto = tcp");
        First("sh");
        Take(PointKind.Socket, PointBytes.By(1, "sh", Start).Returned(3).Number(3, 41).Number(4, 2).Number(5, 1));
        Take(PointKind.Connect, PointBytes.By(1, "sh", Start).Returned(0).Number(3, 42).Number(4, 3).Text(5, "socket:[9]").Bytes(6, [2, 0, 0x11, 0x5C, 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0]));
        Take(PointKind.Dup, PointBytes.By(1, "sh", Start).Returned(0).Number(3, 33).Number(4, 3).Text(6, "socket:[9]"));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_connection_that_a_parent_accepted_is_known_in_its_child()
    {
        Watch("evt.type = dup2 and evt.rawres = 0 and fd.type = ipv4 and fd.cip = 198.51.100.1");
        First("nc");
        Take(PointKind.Socket, PointBytes.By(1, "nc", Start).Returned(3).Number(3, 41).Number(4, 2).Number(5, 1));
        Take(PointKind.Bind, PointBytes.By(1, "nc", Start).Returned(0).Number(3, 49).Number(4, 3).Text(5, "socket:[1]").Bytes(6, [2, 0, 0x11, 0x5C, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
        Take(PointKind.Accept, PointBytes.By(1, "nc", Start).Returned(4).Number(3, 43).Number(4, 3).Text(5, "socket:[1]").Bytes(6, [2, 0, 0x11, 0x5C, 198, 51, 100, 1, 0, 0, 0, 0, 0, 0, 0, 0]));
        Clone(1, 8);
        Take(PointKind.Dup, PointBytes.By(8, "nc", Start + 8).Returned(0).Number(3, 33).Number(4, 4).Text(6, "socket:[2]"));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_call_of_which_only_numbers_are_told_has_its_numbers()
    {
        Watch("evt.type = ptrace and evt.arg.request contains PTRACE_ATTACH");
        First("sh");
        Take(PointKind.Raw, PointBytes.By(1, "sh", Start).Number(4, 101).Number(5, 16).Number(6, 7));
        Assert.Empty(_fired); // that was its entry
        Take(PointKind.Raw, PointBytes.By(1, "sh", Start).Returned(0).Number(4, 101).Number(5, 16).Number(6, 7));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_program_that_is_started_from_outside_has_its_words_and_its_terminal()
    {
        Watch("evt.type = execve and proc.name = sh and proc.cmdline = \"sh -i\" and proc.tty != 0");
        First("sleep");
        _translator.Expect(new ExpectedProgram(["/bin/sh", "-i"], hasTerminal: true, Start));
        Take(PointKind.Open, PointBytes.By(20, "sh", Start + 20).Returned(3).Number(3, 257).Number(4, -100).Text(6, "/etc/profile"));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_process_of_which_nobody_saw_the_beginning_has_its_name_and_no_program()
    {
        Watch("evt.type = openat and proc.name = cat and not proc.exepath exists");
        Take(PointKind.Open, PointBytes.By(20, "cat", Start + 20).Returned(3).Number(3, 257).Number(4, -100).Text(6, "/etc/shadow"));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_sandbox_speaks_only_for_itself_whatever_it_says()
    {
        Watch("evt.type = setuid and container.name = web");
        Take(PointKind.SetId, PointBytes.By(1, "sh", Start, container: "another").Returned(0).Number(3, 105).Number(4, 5));
        Assert.Single(_fired);
    }

    [Fact]
    public void Processes_of_two_sandboxes_and_of_the_node_with_one_number_are_three()
    {
        First("sh");
        Translator(Container(2, "db")).Take(PointKind.Start, PointBytes.By(1, "postgres", Start).Text(4, "postgres").ToArray());
        Assert.Equal(2, _assembler.Processes.Count);
        Assert.Equal("sh", _assembler.Processes.Known(1, _container)!.Name.ToString());
    }

    [Fact]
    public void A_sandbox_with_more_processes_than_are_followed_is_refused_the_rest()
    {
        First("sh");
        for (var i = 2; i <= PointTranslator.MostProcesses; i++)
        {
            Clone(1, i);
        }

        Assert.False(_translator.Take(PointKind.Clone, CloneBytes(1, 5000).ToArray()));
        Assert.False(_translator.Take(PointKind.SetId, PointBytes.By(6000, "x", Start + 6000).Returned(0).Number(3, 105).ToArray()));
        Assert.Equal(PointTranslator.MostProcesses, _container.ProcessCount);
        Take(PointKind.TaskExit, PointBytes.By(2, "sh", Start + 2));
        Assert.True(_translator.Take(PointKind.Clone, CloneBytes(1, 5000).ToArray()));
    }

    [Fact]
    public void Bytes_that_are_no_message_never_throw()
    {
        Watch("evt.num > 0");
        Gen.Select(Gen.UShort[0, 40], Gen.Byte.Array[0, 600]).Sample((kind, bytes) =>
        {
            _translator.Take((PointKind)kind, bytes);
        }, threads: 1);
    }

    [Fact]
    public void A_message_with_any_bytes_changed_or_cut_never_throws_and_takes_no_more_room()
    {
        Watch("evt.num > 0 and (fd.name contains x or proc.args contains y or evt.args contains z)");
        byte[][] messages =
        [
            PointBytes.By(3, "sh", Start, "/tmp").Text(2, "/bin/busybox").Text(3, "sh").Text(3, new string('a', 9000)).Text(4, "A=1").Number(5, 0x81ED).ToArray(),
            PointBytes.By(3, "sh", Start).Returned(3).Number(3, 257).Number(4, 5).Text(5, "/a/b").Text(6, "../" + new string('c', 5000)).Number(7, 0x10241).ToArray(),
            PointBytes.By(3, "sh", Start).Returned(0).Number(3, 42).Number(4, 3).Text(5, "socket:[9]").Bytes(6, [10, 0, 1, 2, .. new byte[24]]).ToArray(),
            PointBytes.By(3, "sh", Start).Returned(0).Number(3, 33).Number(4, 3).Text(6, "socket:[99999999999999999999]").ToArray(),
            CloneBytes(3, 4).ToArray(),
        ];
        Gen.Select(Gen.UShort[0, 40], Gen.Int[0, messages.Length - 1], Gen.Int[0, 20000], Gen.Select(Gen.Int[0, 400], Gen.Byte).Array[0, 6]).Sample((kind, which, cut, changes) =>
        {
            var bytes = (byte[])messages[which].Clone();
            foreach (var (at, value) in changes)
            {
                bytes[at % bytes.Length] = value;
            }

            _translator.Take((PointKind)kind, bytes.AsSpan(0, Math.Min(cut, bytes.Length)));
            return _container.ProcessCount <= PointTranslator.MostProcesses;
        }, threads: 1);
    }

    private static SensedContainer Container(uint number, string name) => new()
    {
        Number = number,
        Id = new string('a', 64),
        PodId = "pod",
        PidNamespace = 0,
        HasOwnKernel = true,
        First = new ProcessIdentity(0, 0),
        Facts = new ContainerFacts { Id = "aaaaaaaaaaaa", Name = name },
        Users = UserBook.At("/nowhere", null),
    };

    private static PointBytes CloneBytes(int parent, int child) =>
        PointBytes.By(parent, "sh", parent == 1 ? Start : Start + parent).Number(3, child).Number(4, child).Number(5, Start + child).Number(6, 0x1200011);

    private PointTranslator Translator(SensedContainer container) => new(container, _assembler.Processes, bytes =>
    {
        Assert.True(RecordView.TryRead(bytes, out var view));
        if (_assembler.TryAssemble(view, container))
        {
            foreach (var rule in _rules is null ? [] : _rules.Judge(_assembler.Event).ToArray())
            {
                _fired.Add(rule.Name);
            }
        }
    });

    private void First(string name, params string[] words)
    {
        var point = PointBytes.By(1, name, Start);
        foreach (var word in words.Length > 0 ? words : [name])
        {
            point.Text(4, word);
        }

        Take(PointKind.Start, point);
        _fired.Clear();
    }

    private void Clone(int parent, int child) => Take(PointKind.Clone, CloneBytes(parent, child));

    private void Take(PointKind kind, PointBytes point) => Assert.True(_translator.Take(kind, point.ToArray()));

    private void Watch(string condition)
    {
        var loader = new RuleLoader();
        var result = loader.Load("t", $"- rule: r\n  desc: d\n  condition: >\n    {condition}\n  output: o\n  priority: ERROR\n");
        Assert.True(result.IsSuccessful, result.ToString());
        _rules = new RuleEvaluator(loader.Set);
    }
}
