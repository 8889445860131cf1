using Skerry.Guard.Events;
using Skerry.Guard.Rules;
using Skerry.Linux.Bpf;
using Skerry.Node.Sensors;

namespace Skerry.Node.Tests.Sensors;

public sealed class CallTableTests
{
    [Theory]
    [InlineData("openat", 257)]
    [InlineData("pread", 17)]
    [InlineData("connect", 42)]
    [InlineData("io_uring_setup", 425)]
    public void An_event_has_the_number_of_its_call(string name, int number) => Assert.Equal(name, CallTable.All[number]?.Type.Name);

    [Fact]
    public void Every_argument_of_an_event_comes_from_somewhere_that_is_told()
    {
        for (var number = 0; number < CallTable.Most; number++)
        {
            if (CallTable.All[number] is not { } shape)
            {
                continue;
            }

            var plan = shape.Plan;
            foreach (var setter in shape.Setters)
            {
                var isTold = setter.From switch
                {
                    CallShape.Origin.Text => (setter.Index switch { 0 => plan.Text0, 1 => plan.Text1, _ => plan.Text2 }) >= 0,
                    CallShape.Origin.Name => plan.Descriptor >= 0,
                    CallShape.Origin.Argument or CallShape.Origin.Integer => setter.Index is >= 0 and < 6,
                    _ => true,
                };
                Assert.True(isTold, $"{shape.Type.Name}: {shape.Type.Arguments[setter.Position]}");
            }
        }
    }

    [Theory]
    [InlineData(5, "open")]
    [InlineData(11, "execve")]
    [InlineData(480 + 3, "connect")] // socketcall(SYS_CONNECT, …)
    [InlineData(480 + 16, "sendmsg")]
    public void A_call_of_the_32_bit_interface_is_the_same_event(int number, string name) =>
        Assert.Equal(name, CallTable.All[CallTable.All.Compat.Single(c => c.Number == number).Call]?.Type.Name);

    [Fact]
    public void Only_what_a_rule_watches_is_told_and_what_processes_hang_on()
    {
        var loader = new RuleLoader();
        Assert.True(loader.Load("t", "- rule: r\n  desc: d\n  condition: evt.type = unlinkat\n  output: o\n  priority: ERROR\n").IsSuccessful);
        var told = CallTable.All.Plans(loader.Set, static t => t.Name == "unlinkat").Where(static p => p.Plan.Handler != CallHandler.None).ToDictionary(static p => CallTable.All[p.Number]!.Type.Name, static p => p.Plan);
        Assert.Equal(["capset", "chdir", "fchdir", "setsid", "unlinkat"], told.Keys.Order(StringComparer.Ordinal));
        Assert.True(told["unlinkat"].Flags.HasFlag(CallFlags.Wakes));
        Assert.True(told["chdir"].Flags.HasFlag(CallFlags.SuccessOnly));
        Assert.NotNull(EventTypes.Find("unlinkat"));
    }
}
