using System.Text.Json.Nodes;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Peers;

/// <summary>What `skerry guard status` counted, over all kinds of events.</summary>
/// <param name="Rules">In force.</param>
/// <param name="Seen">By the sensor's programs in the kernel.</param>
/// <param name="Told">Handed to the daemon.</param>
/// <param name="Lost">The ring was full.</param>
/// <param name="Limited">Over the limit of one container.</param>
internal sealed record GuardState(int Rules, long Seen, long Told, long Lost, long Limited)
{
    public static GuardState Of(SkerryNode node, Workplace place)
    {
        JsonNode status = JsonNode.Parse(Child.Read(node.Cli("guard", "status", "-o", "json"), place.Tmp))
            ?? throw new BenchException("skerry guard status answered null");
        JsonArray counters = status["counters"]?.AsArray() ?? throw new BenchException("skerry guard status names no counters");
        return new GuardState((int?)status["rules"] ?? 0, Sum("seen"), Sum("sent"), Sum("lost"), Sum("limited"));

        long Sum(string member) => counters.Sum(c => long.Parse(c![member]?.ToString() ?? throw new BenchException($"a counter without '{member}'"), System.Globalization.CultureInfo.InvariantCulture));
    }

    public GuardState Since(GuardState before) => new(Rules, Seen - before.Seen, Told - before.Told, Lost - before.Lost, Limited - before.Limited);
}
