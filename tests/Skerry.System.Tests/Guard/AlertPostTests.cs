using System.Net;
using System.Text.Json;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Guard;

/// <summary>Alerts that are posted to a receiver, as Falcosidekick is one.</summary>
public sealed class AlertPostTests
{
    private const string Rule = "- rule: mine\n  desc: d\n  condition: evt.type = mkdir and container.id != host\n  output: made by %proc.cmdline\n  priority: ERROR\n  tags: [one, two]\n";

    [Fact]
    public async Task An_alert_is_posted_as_falco_does_and_a_receiver_that_is_away_costs_alerts_that_are_counted()
    {
        using var receiver = new HttpListener();
        var address = Listen(receiver);
        await using var node = await TestNode.StartAsync($"[guard]\nhttp = \"{address}\"\n");
        var rules = Directory.CreateDirectory(Path.Combine(node.Home, "rules"));
        await File.WriteAllTextAsync(Path.Combine(rules.FullName, "mine.yaml"), Rule);
        Assert.Contains("mine.yaml", (await node.Cli("guard", "reload")).Ok, StringComparison.Ordinal);
        var image = await node.PullSmall();

        (await node.Cli("run", "--rm", image, "mkdir", "/tmp/a")).Ok.ToString();
        using (var alert = await Receive(receiver, 204))
        {
            var root = alert.RootElement;
            Assert.Equal("mine", root.GetProperty("rule").GetString());
            Assert.Equal("Error", root.GetProperty("priority").GetString());
            Assert.Equal("syscall", root.GetProperty("source").GetString());
            Assert.Equal(["one", "two"], root.GetProperty("tags").EnumerateArray().Select(static t => t.GetString()!));
            Assert.Contains("made by mkdir /tmp/a", root.GetProperty("output").GetString(), StringComparison.Ordinal);
            Assert.Equal("mkdir /tmp/a", root.GetProperty("output_fields").GetProperty("proc.cmdline").GetString());
            Assert.True(root.TryGetProperty("time", out _) && root.TryGetProperty("hostname", out _));
        }

        (await node.Cli("run", "--rm", image, "mkdir", "/tmp/b")).Ok.ToString();
        (await Receive(receiver, 503)).Dispose();
        await Status(node, "\"httpDropped\": 1", "503");

        receiver.Stop();
        (await node.Cli("run", "--rm", image, "mkdir", "/tmp/c")).Ok.ToString();
        await Status(node, "\"httpDropped\": 2", "refused");
        Assert.Equal(3, (await node.Cli("guard", "alerts", "--rule", "mine", "-o", "json")).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static string Listen(HttpListener receiver)
    {
        for (var port = 28000; ; port++)
        {
            try
            {
                receiver.Prefixes.Clear();
                receiver.Prefixes.Add($"http://127.0.0.1:{port}/");
                receiver.Start();
                return $"http://127.0.0.1:{port}/";
            }
            catch (HttpListenerException) when (port < 28100)
            {
                // Somebody else's.
            }
        }
    }

    private static async Task<JsonDocument> Receive(HttpListener receiver, int status)
    {
        var context = await receiver.GetContextAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal("POST", context.Request.HttpMethod);
        Assert.Equal("application/json", context.Request.ContentType);
        var document = await JsonDocument.ParseAsync(context.Request.InputStream, cancellationToken: TestContext.Current.CancellationToken);
        context.Response.StatusCode = status;
        context.Response.Close();
        return document;
    }

    private static Task Status(TestNode node, params string[] parts) =>
        Running.Until(
            async () => (await node.Cli("guard", "status", "-o", "json")).Ok is var status && parts.All(p => status.Contains(p, StringComparison.Ordinal)),
            () => node.Cli("guard", "status", "-o", "json").GetAwaiter().GetResult().Out);
}
