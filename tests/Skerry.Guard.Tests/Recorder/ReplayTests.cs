using CsCheck;
using Skerry.Guard.Alerts;
using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;
using Skerry.Guard.Rules;
using Skerry.Guard.Tests.Rules;

namespace Skerry.Guard.Tests.Recorder;

/// <summary>Judging what was recorded gives the alerts that judging the events themselves gave, to the last byte.</summary>
public sealed class ReplayTests
{
    /// <summary>Rules that fire on much of what the little world does, and say all they can say.</summary>
    private const string Talkative = """
        - rule: everything
          desc: d
          condition: evt.num > 0
          output: >
            %evt.num %evt.time.iso8601 %evt.reltime %evt.deltatime %evt.type %evt.category %evt.cpu %evt.args %evt.res %evt.rawres %evt.buflen %evt.is_open_write %evt.hostname %evt.abspath
            %proc.pid %proc.name %proc.cmdline %proc.exeline %proc.exepath %proc.cwd %proc.env[PATH] %proc.aname[1] %proc.aname[5] %proc.acmdline[3] %proc.sid.exe %proc.vpgid.name %proc.tty
            %proc.duration %proc.pidns_init_start_ts %proc.exe_ino.ctime %proc.is_exe_upper_layer %proc.stdin.type %proc.stdout.name %proc.nthreads %thread.tid %thread.cap_effective %thread.cgroups
            %user.name %user.loginuid %group.name %container.id %container.name %container.mounts %container.labels %container.duration %container.privileged %k8s.pod.name %k8s.pod.labels
            %fd.num %fd.type %fd.name %fd.nameraw %fd.cip %fd.sip %fd.rip %fd.lport %fd.l4proto %fd.is_server %fd.dev %fd.ino %fd.types %fs.path.name %fs.path.source
          priority: DEBUG
          warn_evttypes: false
        """;

    [Fact]
    [Trait("Promise", "P-95")]
    public void A_replay_gives_the_alerts_of_the_events_themselves_bit_for_bit()
    {
        var rules = Load();
        var (alerts, seen) = (0L, new HashSet<string>(StringComparer.Ordinal));
        Gen.Int.Sample(seed =>
        {
            var world = new EventWorld(new Random(seed));
            var live = new Judge(rules);
            var recording = new MemoryStream();
            using var writer = new BlockWriter();
            var e = new KernelEvent();
            for (var i = 0; i < 120; i++)
            {
                world.Next(e);
                live.Take(e);
                Assert.True(writer.TryAppend(e));
                if (i % 50 == 49)
                {
                    recording.Write(writer.Seal((ulong)i, 0).Span);
                    writer.Clear();
                }
            }

            recording.Write(writer.Seal(1000, 0).Span);
            Assert.Equal(live.Alerts, Replay(rules, recording));
            alerts += live.Alerts.Count;
            seen.UnionWith(live.Fired);
        }, iter: 12, threads: 1);
        Assert.True(alerts > 1000, $"{alerts} alerts of {seen.Count} rules");
        Assert.True(seen.Count > 1, "only one rule fired");
    }

    [Fact]
    [Trait("Promise", "P-95")]
    public void Every_scene_of_a_stock_rule_is_alerted_of_in_the_replay_too()
    {
        Assert.SkipUnless(RuleSources.StockDirectory() is not null, "Falco's stock rules are not here (SKERRY_FALCO_RULES)");
        var rules = Load();
        var live = new Judge(rules);
        using var writer = new BlockWriter();
        foreach (var scene in StableScenes.All.Concat(IncubatingScenes.All))
        {
            foreach (var e in new[] { scene.Hit, scene.Miss })
            {
                live.Take(e);
                Assert.True(writer.TryAppend(e));
            }
        }

        Assert.Equal(live.Alerts, Replay(rules, new MemoryStream(writer.Seal(1, 0).ToArray())));
        Assert.True(live.Fired.Count > 10, $"{live.Fired.Count} rules fired");
    }

    private static RuleSet Load()
    {
        var loader = new RuleLoader(new RuleLoaderOptions { MatchesAll = true });
        foreach (var (name, content) in RuleSources.Own().Concat(RuleSources.Stock()).Append(("talkative.yaml", Talkative)))
        {
            var result = loader.Load(name, content);
            Assert.True(result.IsSuccessful, result.ToString());
        }

        return loader.Set;
    }

    private static List<string> Replay(RuleSet rules, Stream recording)
    {
        var judge = new Judge(rules);
        var segment = new SegmentReader(recording);
        var e = new KernelEvent();
        while (segment.Next() is { } block)
        {
            var reader = new BlockReader(block);
            while (reader.Read(e))
            {
                judge.Take(e);
            }
        }

        Assert.Empty(segment.Damages);
        return judge.Alerts;
    }

    private sealed class Judge(RuleSet rules)
    {
        private readonly RuleEvaluator _evaluator = new(rules);
        private readonly AlertWriter _writer = new();

        public List<string> Alerts { get; } = [];

        public HashSet<string> Fired { get; } = new(StringComparer.Ordinal);

        public void Take(KernelEvent e)
        {
            foreach (var rule in _evaluator.Judge(e))
            {
                Fired.Add(rule.Name);
                Alerts.Add(Convert.ToBase64String(_writer.Json(rule, e, Guid.Empty)) + _writer.Line(rule, e));
            }
        }
    }
}
