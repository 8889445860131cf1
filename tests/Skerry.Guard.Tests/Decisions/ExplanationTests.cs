using CsCheck;
using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;
using Skerry.Guard.Tests.Recorder;
using Skerry.Guard.Tests.Rules;

namespace Skerry.Guard.Tests.Decisions;

/// <summary>Why a rule fired: its parts, whether they held, and what their fields were.</summary>
public sealed class ExplanationTests
{
    private const string Rules = """
        - list: files
          items: [/etc/shadow, /etc/gshadow]
        - macro: opened
          condition: (evt.type in (open, openat))
        - rule: r
          desc: d
          condition: opened and (fd.name in (files) or fd.name = /x) and not proc.aname = sshd and proc.env[X] exists
          output: o
          priority: INFO
        """;

    [Fact]
    public void Every_part_says_whether_it_held_and_what_the_field_was()
    {
        var loader = Judgement.Load(Rules);
        var why = loader.Explain(loader.Rules[0], Make.Open(Make.Process("cat", Make.Process("bash", Make.Process("sshd"))), "/etc/shadow"));
        Assert.Equal(("and", false), (why.Text, why.Holds));
        Assert.Equal(
            ["opened true", "or true", "not false", "proc.env[X] exists true"], why.Parts.Select(static p => $"{p.Text} {(p.Holds ? "true" : "false")}"));
        Assert.Equal(("evt.type in (open, openat)", "openat"), (why.Parts[0].Parts[0].Text, why.Parts[0].Parts[0].Value));
        Assert.Equal([("fd.name in (/etc/shadow, /etc/gshadow)", true, "/etc/shadow"), ("fd.name = /x", false, "/etc/shadow")], why.Parts[1].Parts.Select(static p => (p.Text, p.Holds, p.Value)));
        Assert.Equal(("proc.aname = sshd", true, "bash, sshd"), (why.Parts[2].Parts[0].Text, why.Parts[2].Parts[0].Holds, why.Parts[2].Parts[0].Value));
    }

    [Fact]
    public void The_reason_is_what_made_it_come_out_so()
    {
        var loader = Judgement.Load(Rules);
        var e = Make.Open(Make.Process("cat"), "/etc/shadow");
        e.Process!.Environment = ["X=1"];
        var reason = loader.Explain(loader.Rules[0], e).Reason();
        Assert.True(reason.Holds);
        Assert.Equal(["fd.name in (/etc/shadow, /etc/gshadow)"], reason.Parts[1].Parts.Select(static p => p.Text));
    }

    /// <summary>The slow judge that says why and the fast one agree on every rule and event.</summary>
    [Fact]
    public void An_explanation_answers_as_the_evaluator_does()
    {
        var loader = new RuleLoader(new RuleLoaderOptions { MatchesAll = true });
        foreach (var (name, content) in RuleSources.Own().Concat(RuleSources.Stock()).Concat(BuiltInPolicies.Names.Select(static n => (n, BuiltInPolicies.Find(n)!))))
        {
            Assert.True(loader.Load(name, content).IsSuccessful);
        }

        var evaluator = new RuleEvaluator(loader.Set);
        var scenes = StableScenes.All.Concat(IncubatingScenes.All).SelectMany(static s => new[] { s.Hit, s.Miss });
        Assert.All(scenes, Agree);
        Gen.Int.Sample(
            seed =>
            {
                var world = new EventWorld(new Random(seed));
                var e = new KernelEvent();
                for (var i = 0; i < 20; i++)
                {
                    world.Next(e);
                    Agree(e);
                }
            },
            iter: 5,
            threads: 1);

        void Agree(KernelEvent e)
        {
            var fired = evaluator.Judge(e).ToArray().Select(static r => r.Name).Order(StringComparer.Ordinal);
            Assert.Equal(fired, loader.Set.Rules.Where(r => loader.Explain(r, e).Holds).Select(static r => r.Name).Order(StringComparer.Ordinal));
        }
    }
}
