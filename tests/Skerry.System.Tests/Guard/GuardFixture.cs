using System.Text.Json;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Guard;

/// <summary>One node that judges by Falco's stock rules and ours and kills reverse shells, with the attackers' image.</summary>
public sealed class GuardFixture : IAsyncLifetime
{
    private TestNode? _node;

    internal TestNode Node => _node ?? throw new InvalidOperationException("the node was not started");

    internal string Image { get; private set; } = string.Empty;

    public async ValueTask InitializeAsync()
    {
        var stock = Actors.StockRules is { } directory ? $"\"{directory}/falco_rules.yaml\", \"{directory}/falco-incubating_rules.yaml\"" : string.Empty;
        _node = await TestNode.StartAsync($"""
            [guard]
            rules = [{stock}]
            all_rules = true
            [guard.responses]
            "Another process written" = "alert"
            "Raw packets" = "pause"
            "Metadata of the cloud asked" = "kill"
            {(stock.Length > 0 ? "\"Redirect STDOUT/STDIN to Network Connection in Container\" = \"kill\"" : string.Empty)}
            """);
        Image = await Actors.Image();
        (await _node.Cli("image", "pull", Image)).Ok.ToString();

        // The sensor begins with the first container.
        (await _node.Cli("run", "--rm", Image, "true")).Ok.ToString();
        Assert.SkipUnless((await _node.Cli("guard", "status", "-o", "name")).Ok.Trim() != "blind", "the sensor does not run here: " + (await _node.Cli("guard", "status")).Ok.Split('\n')[0]);
    }

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Waits until a container made an alert of a rule.</summary>
    internal async Task<JsonElement> Alert(string pod, string rule)
    {
        JsonElement found = default;
        await Running.Until(
            async () => (await Alerts()).Any(a => Is(a, pod, rule) && (found = a).ValueKind == JsonValueKind.Object),
            () => $"no alert '{rule}' of {pod}; there are: {string.Join(" | ", Alerts().GetAwaiter().GetResult().Select(static a => a.GetProperty("rule").GetString()))}");
        return found;
    }

    /// <summary>All alerts so far.</summary>
    internal async Task<List<JsonElement>> Alerts() =>
        [.. (await Node.Cli("guard", "alerts", "-o", "json")).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement)];

    private static bool Is(JsonElement alert, string pod, string rule) =>
        alert.GetProperty("rule").GetString() == rule && alert.TryGetProperty("skerry", out var own) && own.GetProperty("pod").GetString() == pod;
}
