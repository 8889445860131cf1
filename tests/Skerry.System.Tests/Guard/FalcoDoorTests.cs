using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Guard;

/// <summary>Alerts that a Falco on the same machine posts, and what follows on them.</summary>
public sealed class FalcoDoorTests
{
    private const int Port = 28120;
    private const string Secret = "a-secret-of-the-test";
    private static readonly string Address = $"http://127.0.0.1:{Port}/{Secret}";

    [Fact]
    [Trait("Promise", "P-148")]
    public async Task Alerts_of_falco_are_told_here_and_what_follows_on_its_rules_is_done()
    {
        await using var node = await TestNode.StartAsync($"[guard]\nfalco = \"{Address}\"\ncanary = 0\n[guard.responses]\n\"Theirs\" = \"kill\"\n\"tag:grave\" = \"kill-container\"\n");
        var image = await node.PullSmall();
        var id = (await node.Cli("run", "-d", "--name", "one", image, "sh", "-c", "sleep 1000 & wait; echo the child ended; sleep 1000")).Ok.Trim();
        var child = 0;
        await Running.Until(async () => (child = await Child(node, "one", "sleep")) > 0, () => "no child");

        Assert.Equal("200", await Post(Alert("Theirs", "host", child)));
        await Running.Until(async () => (await node.Cli("logs", "one")).Ok.Contains("the child ended", StringComparison.Ordinal), () => node.LogTail());
        List<JsonElement> alerts = [];

        // Another thread writes them.
        Task Written(int count, params string[] words) => Running.Until(
            async () => (alerts = [.. (await node.Cli(["guard", "alerts", "-o", "json", .. words])).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement)]).Count >= count,
            () => $"{alerts.Count} of {count} alerts; {node.LogTail()}");
        await Written(1, "--rule", "Theirs");
        var told = Assert.Single(alerts);
        Assert.Equal("falco", told.GetProperty("skerry").GetProperty("from").GetString());
        Assert.Equal(("one", "kill", "done"), (told.GetProperty("skerry").GetProperty("pod").GetString(), told.GetProperty("skerry").GetProperty("action").GetString(), told.GetProperty("skerry").GetProperty("outcome").GetString()));
        Assert.Equal("kept as it was", told.GetProperty("output_fields").GetProperty("theirs").GetString());

        // A process that is not the container's is not hit, whatever is said.
        Assert.Equal("200", await Post(Alert("Theirs", id[..12], Environment.ProcessId)));
        Assert.Equal("200", await Post(Alert("Other", id[..12], 0, "grave")));
        await Running.Until(async () => (await node.Cli("ps", "-a")).Ok.Contains("exited", StringComparison.OrdinalIgnoreCase), () => node.LogTail());
        await Written(3);
        Assert.Equal(["done", "gone", "done"], alerts.Select(static a => a.GetProperty("skerry").GetProperty("outcome").GetString()));
        Assert.Equal("200", await Post(Alert("Theirs", "0123456789ab", 0)));
        await Running.Until(async () => (await node.Cli("guard", "alerts", "-o", "json")).Ok.Contains("names no container of this node", StringComparison.Ordinal), () => node.LogTail());
    }

    [Fact]
    public async Task What_is_no_alert_is_refused_and_nothing_is_told()
    {
        var address = Address.Replace($"{Port}", $"{Port + 1}", StringComparison.Ordinal);
        await using var node = await TestNode.StartAsync($"[guard]\nfalco = \"{address}\"\ncanary = 0\n");
        var whole = Alert("Theirs", "host", 0);
        Assert.Equal("404", await Post(whole, "/", Port + 1));
        Assert.Equal("404", await Post(whole, "/a-secret-of-the-tesT", Port + 1));
        Assert.Equal("400", await Post("Error no JSON", null, Port + 1));
        Assert.Equal("405", await Raw($"GET /{Secret} HTTP/1.1\r\n\r\n"));
        Assert.Equal("411", await Raw($"POST /{Secret} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"));
        Assert.Equal("411", await Raw($"POST /{Secret} HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"));
        Assert.Equal("413", await Raw($"POST /{Secret} HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n"));
        Assert.Equal("431", await Raw($"POST /{Secret} HTTP/1.1\r\nX: {new string('x', 9000)}\r\n"));
        Assert.Equal("400", await Raw("\r\n\r\n"));
        Assert.Empty((await node.Cli("guard", "alerts", "-o", "json")).Ok.Trim());
        Assert.Equal("200", await Post(whole, null, Port + 1));
        await Running.Until(async () => (await node.Cli("guard", "alerts", "-o", "json")).Ok.Contains("Theirs", StringComparison.Ordinal), () => node.LogTail());
        Assert.Contains("1 alerts taken, 9 requests that were none", (await node.Cli("guard", "status")).Ok, StringComparison.Ordinal);
    }

    private static string Alert(string rule, string container, int pid, params string[] tags) => new JsonObjectText(rule, container, pid, tags).ToString();

    private static async Task<int> Child(TestNode node, string pod, string name)
    {
        var first = JsonDocument.Parse((await node.Cli("inspect", "-o", "json", pod)).Ok).RootElement[0].GetProperty("containers")[0].GetProperty("pid").GetInt32();
        return Leftovers.All().Select(static p => p.Pid)
            .FirstOrDefault(pid => Leftovers.Read($"/proc/{pid}/status") is var status
                && status.Contains($"PPid:\t{first}\n", StringComparison.Ordinal) && status.Contains($"Name:\t{name}\n", StringComparison.Ordinal));
    }

    private static async Task<string> Post(string body, string? path = null, int port = Port)
    {
        using var client = new HttpClient();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(new Uri($"http://127.0.0.1:{port}{path ?? "/" + Secret}"), content, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode).ToString(global::System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<string> Raw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port + 1, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream());
        return (await reader.ReadLineAsync(TestContext.Current.CancellationToken))?.Split(' ') is [_, var status, ..] ? status : "nothing";
    }

    private sealed record JsonObjectText(string Rule, string Container, int Pid, string[] Tags)
    {
        public override string ToString() => $$$"""
            {"hostname":"h","output":"12:00:00.0: Error said","output_fields":{"container.id":"{{{Container}}}","proc.pid":{{{Pid}}},"theirs":"kept as it was"},"priority":"Error",
            "rule":"{{{Rule}}}","source":"syscall","tags":[{{{string.Join(',', Tags.Select(static t => $"\"{t}\""))}}}],"time":"{{{DateTimeOffset.UtcNow:yyyy-MM-ddTHH:mm:ss.fffffff}}}00Z"}
            """;
    }
}
