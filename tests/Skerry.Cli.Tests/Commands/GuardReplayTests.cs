using System.Text;
using Google.Protobuf;
using Skerry.Cli.Tests.Peer;
using Skerry.Contracts.Node.V1;
using Skerry.Guard.Alerts;
using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;
using Skerry.Guard.Rules;

namespace Skerry.Cli.Tests.Commands;

/// <summary><c>skerry guard replay</c>, <c>explain</c> and <c>record</c>, on a recording that the test wrote.</summary>
public sealed class GuardReplayTests : IDisposable
{
    private const long Now = 1_700_000_000_123_456_789;
    private const long Second = 1_000_000_000;

    private const string Rules = """
        - macro: opened
          condition: (evt.type in (open, openat))
        - rule: Shadow read
          desc: The shadow file is read.
          condition: opened and (fd.name = /etc/shadow or fd.name = /etc/gshadow) and not proc.aname = sshd
          output: Shadow | file=%fd.name command=%proc.cmdline
          priority: WARNING
        - rule: Shell
          desc: A shell is started.
          condition: evt.type = execve and proc.name = sh
          output: A shell | command=%proc.cmdline
          priority: NOTICE
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-replay-").FullName;
    private readonly string _rules;
    private readonly List<string> _live = [];
    private readonly List<byte[]> _blocks = [];

    public GuardReplayTests()
    {
        _rules = Path.Combine(_directory, "rules.yaml");
        File.WriteAllText(_rules, Rules);
        Record();
    }

    private string Recording => Path.Combine(_directory, "record");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    [Trait("Promise", "P-95")]
    public async Task A_replay_of_a_directory_prints_the_alerts_that_the_events_gave()
    {
        var said = await Run("replay", "--rules", _rules, "--dir", Recording, "-o", "json");
        Assert.Equal((0, string.Concat(_live)), (said.Code, said.Out));
        Assert.Equal("8 events judged, 4 alerts\n", said.Error);
    }

    [Fact]
    public async Task A_replay_for_people_says_when_which_rule_would_have_found_what()
    {
        var said = await Run("replay", "--rules", _rules, "--dir", Recording, "--container", "web");
        Assert.Equal(0, said.Code);
        Snapshot.Check("guard-replay.txt", said.Out);
    }

    [Theory]
    [InlineData("--container web", "4 events judged, 2 alerts\n")]
    [InlineData("--container 3ad7", "4 events judged, 2 alerts\n")]
    [InlineData("--container host", "4 events judged, 2 alerts\n")]
    [InlineData("--pod prod/web-0", "4 events judged, 2 alerts\n")]
    [InlineData("--since 2023-11-14T22:13:25Z", "4 events judged, 2 alerts\n")]
    [InlineData("--until 2023-11-14T22:13:25Z", "4 events judged, 2 alerts\n")]
    public async Task Only_what_is_asked_for_is_judged(string options, string summary)
    {
        var said = await Run(["replay", "--rules", _rules, "--dir", Recording, .. options.Split(' ')]);
        Assert.Equal((0, summary), (said.Code, said.Error));
    }

    [Theory]
    [InlineData("--container", "nosuch", "container 'nosuch'")]
    [InlineData("--pod", "db", "pod 'db'")]
    public async Task A_container_of_which_nothing_is_recorded_is_no_quiet_one(string option, string name, string wanted)
    {
        var said = await Run("replay", "--rules", _rules, "--dir", Recording, option, name);
        Assert.Equal((1, ""), (said.Code, said.Out));
        Assert.StartsWith($"skerry: nothing is recorded of {wanted}\n", said.Error, StringComparison.Ordinal);
        Assert.Contains("there are events of host, web in pod web-0", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_saw_is_told_among_the_alerts_and_beside_an_explanation()
    {
        using (var writer = new BlockWriter())
        {
            writer.Add(new RecordLoss(LossKind.OverLimit, Now + Second, Now + (2 * Second), 54122, "openat"));
            writer.Add(new RecordLoss(LossKind.Away, Now, Now + (9 * Second), 0, "", "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e", "web", "web-0", "prod"));
            writer.Add(new RecordLoss(LossKind.Away, Now, Now + (9 * Second), 0, "", "ffff", "db", "db-0"));
            File.WriteAllBytes(Path.Combine(Recording, "0000000000000003.skr"), writer.Seal(3, 0).ToArray());
        }

        var said = await Run("replay", "--rules", _rules, "--dir", Recording, "--container", "web");
        Assert.Contains("Critical Events lost: until 2023-11-14T22:13:22.123456789Z 54122 openat events were over the limit of their container, and are not judged\n", said.Out, StringComparison.Ordinal);
        Assert.Contains("Warning Sensor away: until 2023-11-14T22:13:29.123456789Z no sensor was there: nothing of container web in pod web-0 was seen or recorded\n", said.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("db-0", said.Out, StringComparison.Ordinal);
        Assert.Equal("4 events judged, 2 alerts; 54122 events were lost when they happened, and nobody judged them; for some of that time no sensor was there\n", said.Error);
        var lines = (await Run("replay", "--rules", _rules, "--dir", Recording, "-o", "json")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => System.Text.Json.JsonDocument.Parse(l).RootElement).Where(static l => l.GetProperty("source").GetString() == "internal").ToList();
        Assert.Equal(["Events lost", "Sensor away", "Sensor away"], lines.Select(static l => l.GetProperty("rule").GetString()));
        Assert.Equal((54122, "openat"), (lines[0].GetProperty("output_fields").GetProperty("count").GetInt64(), lines[0].GetProperty("output_fields").GetProperty("evt.type").GetString()));

        using var alert = System.Text.Json.JsonDocument.Parse(_live[3]);
        var story = await Run("explain", alert.RootElement.GetProperty("uuid").GetString()!, "--rules", _rules, "--dir", Recording, "--around", "1");
        Assert.Contains("\nnot seen, within a minute\n", story.Out, StringComparison.Ordinal);
        Assert.Contains("Sensor away: ", story.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("db-0", story.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alert_is_explained_by_the_rules_of_the_node_where_none_are_named()
    {
        using var alert = System.Text.Json.JsonDocument.Parse(_live[3]);
        var id = alert.RootElement.GetProperty("uuid").GetString()!;
        var changed = false;
        await using var node = await ScriptedNode.Start(new Script
        {
            ReadRules = async (_, answers) =>
            {
                var bytes = Encoding.UTF8.GetBytes(Rules);
                await answers.WriteAsync(new ReadRulesResponse { Name = "rules/skerry.yaml", Piece = ByteString.CopyFrom(bytes.AsSpan(0, 50)), Changed = changed });
                await answers.WriteAsync(new ReadRulesResponse { Name = "rules/skerry.yaml", Piece = ByteString.CopyFrom(bytes.AsSpan(50)) });
                await answers.WriteAsync(new ReadRulesResponse { Name = "empty.yaml" });
            },
        });
        var said = await CliProcess.Run(node.Socket, ["guard", "explain", id, "--dir", Recording]);
        Assert.Equal((0, ""), (said.Code, said.Error));
        Assert.Contains("yes  fd.name = /etc/shadow", said.Out, StringComparison.Ordinal);
        changed = true;
        said = await CliProcess.Run(node.Socket, ["guard", "explain", id, "--dir", Recording]);
        Assert.Equal((0, "skerry: the node's rules were changed since it loaded them; it does not judge by what follows\n"), (said.Code, said.Error));
    }

    [Fact]
    public async Task A_replay_of_a_nodes_recording_asks_the_node_for_what_is_wanted()
    {
        ReadRecordRequest? asked = null;
        await using var node = await ScriptedNode.Start(new Script
        {
            ReadRecord = async (request, answers) =>
            {
                asked = request;
                foreach (var block in _blocks)
                {
                    await answers.WriteAsync(new ReadRecordResponse { Block = ByteString.CopyFrom(block.AsSpan(0, 100)) });
                    await answers.WriteAsync(new ReadRecordResponse { Block = ByteString.CopyFrom(block.AsSpan(100)) });
                }

                await answers.WriteAsync(new ReadRecordResponse { Damage = "x.skr: 5 bytes at 7: gone" });
            },
        });
        var said = await CliProcess.Run(node.Socket, ["guard", "replay", "--rules", _rules, "--container", "web", "-o", "json"]);
        Assert.Equal((0, string.Concat(_live.Where(static l => l.Contains("web", StringComparison.Ordinal)))), (said.Code, said.Out));
        Assert.Equal("skerry: damaged and passed over: x.skr: 5 bytes at 7: gone\n4 events judged, 2 alerts\n", said.Error);
        Assert.Equal(("web", ""), (asked?.Container, asked?.Pod));
    }

    [Fact]
    public async Task A_replay_says_what_would_have_followed()
    {
        var said = await Run("replay", "--rules", _rules, "--dir", Recording, "--respond", "Shell=kill");
        Assert.Contains("Shell: A shell | command=sh -c cat", said.Out, StringComparison.Ordinal);
        Assert.Contains(" [would be: kill]\n", said.Out, StringComparison.Ordinal);
        Assert.Contains("would be answered: kill", said.Error, StringComparison.Ordinal);
        var json = await Run("replay", "--rules", _rules, "--dir", Recording, "--respond", "Shell=kill", "-o", "json");
        Assert.Contains(",\"skerry\":{\"action\":\"kill\",\"outcome\":\"would be\"}}\n", json.Out, StringComparison.Ordinal);
        Assert.Equal(2, (await Run("replay", "--rules", _rules, "--dir", Recording, "--respond", "Shell")).Code);
        var unknown = await Run("replay", "--rules", _rules, "--dir", Recording, "--respond", "Shell=murder");
        Assert.StartsWith("skerry: --respond Shell=murder: 'murder' is not one of \"alert\", ", unknown.Error, StringComparison.Ordinal);
        Assert.Equal(2, unknown.Code);
    }

    [Fact]
    public async Task A_replay_judges_by_a_rule_with_a_response_though_another_fired_before_it_as_the_node_does()
    {
        File.AppendAllText(_rules, "\n- rule: Later\n  desc: d\n  condition: evt.type = execve\n  output: later\n  priority: NOTICE\n  tags: [late]\n");
        Assert.Equal("8 events judged, 4 alerts\n", (await Run("replay", "--rules", _rules, "--dir", Recording)).Error);
        Assert.Equal("8 events judged, 6 alerts, 2 would be answered: kill\n", (await Run("replay", "--rules", _rules, "--dir", Recording, "--respond", "tag:late=kill")).Error);
        var said = await Run("replay", "--rules", _rules, "--dir", Recording, "--respond", "tag:late=kill", "-o", "json");
        using var alert = System.Text.Json.JsonDocument.Parse(said.Out.Split('\n')[1]);
        Assert.Equal("Later", alert.RootElement.GetProperty("rule").GetString());
        Assert.Equal(0, (await Run("explain", alert.RootElement.GetProperty("uuid").GetString()!, "--rules", _rules, "--dir", Recording)).Code);
    }

    [Fact]
    public async Task Bytes_that_are_no_recording_are_named()
    {
        await using var node = await ScriptedNode.Start(new Script { ReadRecord = static (_, answers) => answers.WriteAsync(new ReadRecordResponse { Block = ByteString.CopyFrom(new byte[100]) }) });
        var said = await CliProcess.Run(node.Socket, ["guard", "replay", "--rules", _rules]);
        Assert.Equal(1, said.Code);
        Assert.StartsWith("skerry: the node sent what is no recording: what came is no block\n", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_block_is_told_and_the_others_are_judged()
    {
        var segment = Directory.GetFiles(Recording)[0];
        var bytes = File.ReadAllBytes(segment);
        bytes[_blocks[0].Length - 1] ^= 1;
        File.WriteAllBytes(segment, bytes);
        var said = await Run("replay", "--rules", _rules, "--dir", Recording, "-o", "json");
        Assert.Equal((0, string.Concat(_live.Skip(2))), (said.Code, said.Out));
        Assert.Contains("damaged and passed over", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("replay", "`skerry guard replay` needs --rules FILE")]
    [InlineData("explain x --rules y", "x is no uuid of an alert")]
    public async Task A_mistake_in_the_command_line_is_named(string line, string message)
    {
        var said = await Run(line.Split(' '));
        Assert.Equal((2, ""), (said.Code, said.Out));
        Assert.StartsWith($"skerry: {message}\n", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_without_a_recording_is_no_empty_one()
    {
        var said = await Run("replay", "--rules", _rules, "--dir", _directory);
        Assert.Equal(1, said.Code);
        Assert.Contains("has no recording in it", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alert_is_explained_with_its_processes_its_reasons_and_what_happened_around_it()
    {
        using var alert = System.Text.Json.JsonDocument.Parse(_live[3]);
        var id = alert.RootElement.GetProperty("uuid").GetString()!;
        var said = await Run("explain", id, "--rules", _rules, "--dir", Recording, "--around", "1");
        Assert.Equal((0, ""), (said.Code, said.Error));
        Snapshot.Check("guard-explain.txt", said.Out);
        Snapshot.Check("guard-explain.json", (await Run("explain", id, "--rules", _rules, "--dir", Recording, "-o", "json")).Out);
    }

    [Fact]
    public async Task An_alert_that_no_event_gives_is_not_made_up()
    {
        var said = await Run("explain", Guid.Empty.ToString(), "--rules", _rules, "--dir", Recording);
        Assert.Equal((1, ""), (said.Code, said.Out));
        Assert.Contains("none of 8 recorded events gives the alert", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_recorders_state_is_shown()
    {
        await using var node = await ScriptedNode.Start(new Script
        {
            RecordStatus = static _ => new RecordStatusResponse { Enabled = true, Directory = "/var/lib/skerry/record", Bytes = 1_500_000, Quota = 268_435_456, Segments = 2, Events = 1234, Lost = 5, Oldest = new() { Seconds = 1_700_000_000 } },
        });
        Snapshot.Check("guard-record.txt", (await CliProcess.Run(node.Socket, ["guard", "record"])).Out);
        Snapshot.Check("guard-record.json", (await CliProcess.Run(node.Socket, ["guard", "record", "-o", "json"])).Out);
    }

    private static Task<Said> Run(params string[] arguments) => CliProcess.Run(null, ["guard", .. arguments]);

    /// <summary>Eight events in two blocks, of which rules find four; what they find live is kept.</summary>
    private void Record()
    {
        var loader = new RuleLoader();
        Assert.True(loader.Load("rules.yaml", Rules).IsSuccessful);
        var evaluator = new RuleEvaluator(loader.Set);
        var alerts = new AlertWriter();
        var container = new ContainerFacts { Id = "3ad7b26ded6d", FullId = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e", Name = "web", Pod = new PodFacts { Name = "web-0", Namespace = "prod" } };
        using var writer = new BlockWriter();
        Directory.CreateDirectory(Recording);
        using var segment = File.Create(Path.Combine(Recording, "0000000000000001.skr"));
        ulong number = 0;
        for (var block = 1; block <= 2; block++)
        {
            foreach (var (name, path) in new[] { ("sh", ""), ("cat", "/etc/hosts"), ("cat", "/etc/shadow"), ("cat", "/etc/group") })
            {
                var process = new ProcessFacts
                {
                    Name = name, Pid = 100 + (int)number, Arguments = path.Length > 0 ? [path] : ["-c", "cat"], Container = block == 2 ? container : null,
                    Parent = new ProcessFacts { Name = "nginx", Pid = 50, User = new UserFacts { Uid = 0, Name = "root" }, Parent = new ProcessFacts { Name = "systemd", Pid = 1 } },
                };
                var e = new KernelEvent();
                e.Begin(EventTypes.Get(path.Length > 0 ? "openat" : "execve"));
                (e.Number, e.Timestamp, e.Process, e.ThreadId, e.HostName, e.Result) = (++number, Now + ((long)number * Second), process, process.Pid, "edge-7", 0);
                e.Descriptor = path.Length > 0 ? new DescriptorFacts { Kind = DescriptorKind.File, Name = path } : null;
                Assert.True(writer.TryAppend(e));
                foreach (var rule in evaluator.Judge(e))
                {
                    _live.Add(Encoding.UTF8.GetString(alerts.Json(rule, e, AlertId.Of(rule, e))) + "\n");
                }
            }

            _blocks.Add(writer.Seal((ulong)block, 0).ToArray());
            segment.Write(_blocks[^1]);
            writer.Clear();
        }

        Assert.Equal(4, _live.Count);
    }
}
