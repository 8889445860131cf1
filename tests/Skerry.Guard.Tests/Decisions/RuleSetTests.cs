using CsCheck;
using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Tests.Decisions;

public sealed class RuleSetTests
{
    [Fact]
    public void A_rule_is_asked_only_on_the_kinds_of_events_it_can_fire_on()
    {
        var set = Judgement.Load(
            "- macro: opens\n  condition: (evt.type in (open, openat))\n",
            Judgement.Rule("opens and fd.name startswith /etc", "etc"),
            Judgement.Rule("evt.type != execve and proc.name = x", "x", more: "  warn_evttypes: false\n"),
            Judgement.Rule("(evt.type = execve or evt.type = open) and not evt.type = open", "exec")).Set;
        Assert.Equal(["etc", "x"], set.RulesOf(EventTypes.Get("openat")).Select(static r => r.Name));
        Assert.Equal(["exec"], set.RulesOf(EventTypes.Get("execve")).Select(static r => r.Name));
        Assert.Equal(["x"], set.RulesOf(EventTypes.Get("kill")).Select(static r => r.Name));
        Assert.True(set.IsWatched(EventTypes.Get("kill")));
        Assert.False(Judgement.Load(Judgement.Rule("evt.type=open")).Set.IsWatched(EventTypes.Get("kill")));
    }

    [Fact]
    public void A_condition_that_is_never_true_is_not_asked()
    {
        var set = Judgement.Load("- macro: never_true\n  condition: (evt.num=0)\n", Judgement.Rule("never_true and proc.name=x")).Set;
        Assert.All(EventTypes.All, type => Assert.False(set.IsWatched(type)));
    }

    [Fact]
    public void Equal_sub_expressions_of_all_rules_are_one()
    {
        var rules = string.Concat(Enumerable.Range(0, 50).Select(i => Judgement.Rule($"evt.type=execve and (proc.name=a or proc.pname=b) and proc.args contains w{i}", $"r{i}")));
        var set = Judgement.Load(rules).Set;
        Assert.Equal(50 + 2 + 1, set.TestCount); // the words, the two names, and their "or"
    }

    [Fact]
    public void The_first_rule_that_fires_is_the_last_unless_all_are_asked_for()
    {
        var file = Judgement.Rule("evt.type=kill", "one") + Judgement.Rule("evt.type=kill and proc.name=x", "two");
        var e = Make.Event("kill", Make.Process("x"));
        Assert.Equal(["one", "two"], Judgement.Fired(Judgement.Load(file).Set, e));
        var loader = new RuleLoader();
        loader.Load("f", file);
        Assert.Equal(["one"], Judgement.Fired(loader.Set, e));
    }

    [Fact]
    public void A_rule_that_is_answered_is_asked_whatever_fired_before_it()
    {
        var loader = new RuleLoader();
        loader.Load("f", Judgement.Rule("evt.type=kill", "one") + Judgement.Rule("evt.type=kill", "two") + Judgement.Rule("evt.type=kill and proc.name=x", "three") + Judgement.Rule("evt.type=kill", "four"));
        var evaluator = new RuleEvaluator(loader.Set, static r => r.Name == "three");
        Assert.Equal(["one", "three"], evaluator.Judge(Make.Event("kill", Make.Process("x"))).ToArray().Select(static r => r.Name));
        Assert.Equal(["one"], evaluator.Judge(Make.Event("kill", Make.Process("y"))).ToArray().Select(static r => r.Name));
        Assert.Equal(["three"], new RuleEvaluator(Judgement.Load(Judgement.Rule("evt.type=kill", "three")).Set, static _ => true).Judge(Make.Event("kill", null)).ToArray().Select(static r => r.Name));
    }

    [Fact]
    public void Rules_may_be_left_out_by_priority_and_by_choice()
    {
        var file = Judgement.Rule("evt.type=kill", "one") + Judgement.Rule("evt.type=kill", "two") + Judgement.Rule("evt.type=kill", "three", more: "  enabled: false\n");
        var loader = new RuleLoader(new RuleLoaderOptions { MatchesAll = true, Select = static r => r.Name != "one" });
        loader.Load("f", file);
        Assert.Equal(["two", "three"], loader.Set.Rules.Select(static r => r.Name));
        var grave = new RuleLoader(new RuleLoaderOptions { LeastPriority = Priority.Error });
        grave.Load("f", file);
        Assert.Empty(grave.Set.Rules);
        Assert.Equal(3, grave.Rules.Count);
    }

    /// <summary>Random conditions: what the compiled set says is what the condition says when it is read word for word.</summary>
    [Fact]
    public void A_compiled_condition_answers_as_the_condition_itself()
    {
        string[] leaves = ["proc.name=a", "proc.name!=a", "proc.pname exists", "evt.type=open", "evt.type in (open, kill)", "fd.num>2", "proc.args contains x", "evt.num=0"];
        var leaf = Gen.OneOf(leaves);
        var condition = Gen.Recursive<string>((depth, inner) => depth > 3 ? leaf : Gen.OneOf(
            leaf,
            inner.Select(static c => $"not ({c})"),
            inner.Array[2, 4].Select(static parts => string.Join(" and ", parts.Select(static p => $"({p})"))),
            inner.Array[2, 4].Select(static parts => string.Join(" or ", parts.Select(static p => $"({p})")))));
        KernelEvent[] events =
        [
            Make.Event("open", Make.Process("a x")), Make.Event("kill", Make.Process("b", Make.Process("c"))), Make.Event("execve", null), Make.Open(Make.Process("a"), "/x"),
        ];
        Check.Sample(
            condition.Array[1, 4],
            conditions =>
            {
                var file = string.Concat(conditions.Index().Select(static c => Judgement.Rule(c.Item, $"r{c.Index}", more: "  warn_evttypes: false\n")));
                var set = Judgement.Load(file).Set;
                foreach (var e in events)
                {
                    var expected = conditions.Index().Where(c => Reference.Holds(c.Item, e)).Select(static c => $"r{c.Index}");
                    Assert.Equal(expected, Judgement.Fired(set, e));
                }
            },
            iter: 300);
    }
}
