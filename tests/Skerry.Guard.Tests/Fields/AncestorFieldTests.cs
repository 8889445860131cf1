using System.Text;
using Skerry.Guard.Alerts;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Tests.Fields;

/// <summary>Fields that look at ancestors: of one by its number, of any in conditions, of all in messages.</summary>
public sealed class AncestorFieldTests
{
    [Theory]
    [InlineData("proc.aargs = \"-l -c sleep -D\"", true)]
    [InlineData("proc.aargs[0] = 5", true)]
    [InlineData("proc.aargs[1] = \"-l -c sleep\"", true)]
    [InlineData("proc.aargs[2] = -D", true)]
    [InlineData("proc.aargs[3] exists", false)]
    [InlineData("proc.aenv contains \"B=2\"", true)]
    [InlineData("proc.aenv = \"C=3\"", true)]
    [InlineData("proc.aenv contains \"OWN=1\"", false)]
    [InlineData("proc.aenv[0] = \"OWN=1\"", true)]
    [InlineData("proc.aenv[1] = \"A=1 B=2\"", true)]
    [InlineData("proc.aenv[C] = 3", true)]
    [InlineData("proc.aenv[OWN] = \"\"", true)]
    [InlineData("proc.aenv[NOWHERE] exists", true)]
    [InlineData("proc.apid = 12", true)]
    [InlineData("proc.apid = 10", false)]
    [InlineData("proc.apid[0] = 10", true)]
    public void A_number_names_one_ancestor_and_without_one_any_fits(string condition, bool expected) => Assert.Equal(expected, Judgement.Holds(condition, Event()));

    [Fact]
    public void A_message_has_what_all_ancestors_have()
    {
        Assert.Equal("bash sshd", Message("%proc.aname", Event()));
        Assert.Equal("bash -l -c sleep sshd -D", Message("%proc.acmdline", Event()));
        Assert.Equal("/usr/bin/bash /usr/bin/sshd", Message("%proc.aexepath", Event()));
        Assert.Equal("-l -c sleep -D", Message("%proc.aargs", Event()));
        Assert.Equal("10 11 12", Message("%proc.apid %proc.apid[1] %proc.apid[2]", Event()));
        Assert.Equal("OWN=1", Message("%proc.aenv", Event()));
        Assert.Equal("<NA> <NA>", Message("%proc.aname %proc.acmdline", Make.Open(Make.Process("init"), "/x")));
    }

    private static KernelEvent Event()
    {
        var first = Make.Process("sshd -D");
        var second = Make.Process("bash -l -c sleep", first);
        var third = Make.Process("sleep 5", second);
        (first.Pid, second.Pid, third.Pid) = (12, 11, 10);
        first.Environment = ["C=3"];
        second.Environment = ["A=1", "B=2"];
        third.Environment = ["OWN=1"];
        return Make.Open(third, "/x");
    }

    private static string Message(string output, KernelEvent e)
    {
        var loader = new RuleLoader(new RuleLoaderOptions { AppendsContainer = false });
        Assert.True(loader.Load("f", Judgement.Rule("evt.type=openat", output: output)).IsSuccessful);
        return Encoding.UTF8.GetString(new AlertWriter().Message(loader.Rules[0], e));
    }
}
