using System.Text;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Microvm;

namespace Skerry.Node.Tests.Isolation.Microvm;

/// <summary>What a guest is told of new limits, and what takes them back.</summary>
public sealed class MachineUpdateTests
{
    [Theory]
    [InlineData(0, 0, 0, "{}")]
    [InlineData(67108864, 0, 0, """{"memory":{"limit":67108864}}""")]
    [InlineData(0, 1500, 0, """{"cpu":{"quota":150000,"period":100000}}""")]
    [InlineData(-1, -1, -1, """{"memory":{"limit":-1},"pids":{"limit":-1},"cpu":{"quota":-1,"period":100000}}""")]
    [InlineData(1, 0, 7, """{"memory":{"limit":1},"pids":{"limit":7}}""")]
    public void A_guest_is_told_what_changes_and_nothing_else(long memory, long millis, long pids, string json) =>
        Assert.Equal(json, Encoding.UTF8.GetString(MachineUpdate.Document(new Resources { MemoryBytes = memory, CpuMillis = millis, Pids = pids })));

    [Fact]
    public void What_was_changed_is_taken_back_and_what_was_not_is_left()
    {
        var back = MachineUpdate.Reverse(new Resources { MemoryBytes = 5, Pids = 9, CpuShares = 3 }, new Resources { MemoryBytes = 7, CpuMillis = 100 });
        Assert.Equal((5, -1, 0, 0ul), (back.MemoryBytes, back.CpuMillis, back.Pids, back.CpuShares));
    }
}
