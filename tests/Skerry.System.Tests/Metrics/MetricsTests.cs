using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Tests.Metrics;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Metrics;

/// <summary>A daemon's metrics as Prometheus asks for them and as an OTLP receiver gets them.</summary>
public sealed class MetricsTests
{
    /// <summary>They change from one look to the next.</summary>
    private static readonly string[] s_restless = ["skerry_daemon_pss_bytes", "skerry_daemon_descriptors"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_sent_is_what_Prometheus_is_shown(bool isGrpc)
    {
        Programs.SkipUnlessANodeCanRun();
        await using var receiver = await OtlpReceiver.Start(isGrpc);
        var port = FreePort();
        await using var node = await TestNode.StartAsync(
            $"[metrics]\naddress = \"127.0.0.1:{port}\"\notlp_endpoint = \"{receiver.Address}\"\n",
            environment: [("OTEL_METRIC_EXPORT_INTERVAL", "200"), ("OTEL_EXPORTER_OTLP_PROTOCOL", isGrpc ? "grpc" : "http/protobuf"), ("OTEL_RESOURCE_ATTRIBUTES", "site=north")]);
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "stays", image, "sleep", "1000")).Ok;
        _ = (await node.Cli("run", "-d", "--name", "hog", "--memory", "32Mi", image, "tail", "/dev/zero")).Ok;
        _ = await node.UntilState("hog", ContainerState.Exited);
        _ = (await node.Cli("run", "-d", "--name", "again", "--restart", "on-failure", image, "sh", "-c", "test -e /tried || { touch /tried; exit 1; }")).Ok;
        _ = await node.UntilState("again", ContainerState.Exited, static c => c.Restarts == 1);

        using var http = new HttpClient();
        Received? sent = null;
        var (shown, told) = ("", "");
        await Running.Until(
            async () =>
            {
                // One that was made before what is shown, one after: equal to it when nothing happened meanwhile.
                _ = receiver.Rest();
                shown = await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"));
                _ = await receiver.Next();
                sent = await receiver.Next();
                told = AsPrometheus(sent);
                return Steady(shown) == Steady(told);
            },
            () => $"Prometheus is shown\n{shown}\nand sent is\n{told}");
        foreach (var name in (string[])["skerry.container.restarts", "skerry.container.oom_kills"])
        {
            var metric = sent!.Metric(name)!;
            Assert.Equal(("sum", 2, true, "int 1"), (metric.Kind, metric.Temporality, metric.IsMonotonic, metric.Points.Single().Value));
        }

        Assert.True(sent!.Metric("skerry.container.start.duration")!.Points.Single().Count >= 3, sent.Metric("skerry.container.start.duration")!.ToString());
        Assert.Equal("s", sent.Metric("skerry.journal.commit.duration")!.Unit);
        Assert.Equal("By", sent.Metric("skerry.daemon.pss")!.Unit);
        Assert.InRange(long.Parse(sent.Metric("skerry.daemon.pss")!.Points.Single().Value[4..], CultureInfo.InvariantCulture), 1 << 20, 1 << 30);
        Assert.Equal(
            ("skerryd", node.Instance, Environment.MachineName, "north"),
            (sent.Resource["service.name"], sent.Resource["service.instance.id"], sent.Resource["host.name"], sent.Resource["site"]));
    }

    [Fact]
    public async Task A_daemon_that_stops_sends_once_more_what_it_measured()
    {
        Programs.SkipUnlessANodeCanRun();
        await using var receiver = await OtlpReceiver.Start();
        await using var node = await TestNode.StartAsync(environment: [("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address), ("OTEL_SERVICE_NAME", "edge-1")]);
        var image = await node.PullSmall();
        Assert.Equal("x\n", (await node.Cli("run", "--rm", image, "echo", "x")).Ok);
        Assert.Equal(0, receiver.Requests);
        await node.Stop();
        Assert.Equal(1, receiver.Requests);
        var sent = await receiver.Next();
        Assert.Equal(1UL, sent.Metric("skerry.container.start.duration")!.Points.Single().Count);
        Assert.Equal("edge-1", sent.Resource["service.name"]);
    }

    [Fact]
    public async Task A_receiver_that_is_away_costs_a_line_of_the_log_and_one_when_it_is_back()
    {
        Programs.SkipUnlessANodeCanRun();
        var port = FreePort();
        await using var node = await TestNode.StartAsync(environment: [("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{port}"), ("OTEL_METRIC_EXPORT_INTERVAL", "100")]);
        var image = await node.PullSmall();
        Assert.Equal("x\n", (await node.Cli("run", "--rm", image, "echo", "x")).Ok);
        await Running.Until(() => Count(node, "metrics are not sent to") == 1, "no line says that nothing is sent");
        await using (var receiver = await OtlpReceiver.Start(port: port))
        {
            Assert.Equal(1UL, (await receiver.Next()).Metric("skerry.container.start.duration")!.Points.Single().Count);
            await Running.Until(() => Count(node, "again, after") == 1, "no line says that it works again");
        }

        await Running.Until(() => Count(node, "metrics are not sent to") == 2, "no line says that nothing is sent any more");
        var begun = TimeProvider.System.GetTimestamp();
        await node.Stop();
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Equal((2, 1), (Count(node, "metrics are not sent to"), Count(node, "again, after")));
    }

    [Fact]
    public async Task An_endpoint_that_cannot_be_used_is_refused_at_the_start()
    {
        Programs.SkipUnlessANodeCanRun();
        await using var node = await TestNode.StartAsync();
        await node.Stop();
        await File.AppendAllTextAsync(node.Config, "[metrics]\notlp_endpoint = \"collector:4317\"\n");
        node.StartOnly();
        var (code, log) = await node.WaitForEnd();
        Assert.NotEqual(0, code);
        Assert.Contains("metrics.otlp_endpoint: not an address such as", log, StringComparison.Ordinal);
        await File.WriteAllTextAsync(node.Config, (await File.ReadAllTextAsync(node.Config)).Replace("otlp_endpoint = \"collector:4317\"", string.Empty, StringComparison.Ordinal));
    }

    /// <summary>What arrived, in Prometheus' text format: written here apart from the node's own writer.</summary>
    private static string AsPrometheus(Received received)
    {
        var lines = new List<string>();
        foreach (var metric in received.Metrics)
        {
            var name = metric.Name.Replace('.', '_') + metric.Unit switch { "" => "", "s" => "_seconds", "By" => "_bytes", _ => "?" } + (metric.Kind == "sum" ? "_total" : "");
            var type = metric switch { { Kind: "sum", IsMonotonic: true } => "counter", { Kind: "sum" } => "?", _ => metric.Kind };
            lines.AddRange([$"# HELP {name} {metric.Description}", $"# TYPE {name} {type}"]);
            foreach (var point in metric.Points)
            {
                var labels = point.Attributes.Select(static a => $"{a.Key}=\"{a.Value}\"").ToList();
                string Line(string suffix, string value, params string[] more) =>
                    $"{name}{suffix}{(labels.Count + more.Length > 0 ? "{" + string.Join(',', labels.Concat(more)) + "}" : "")} {value}";
                if (metric.Kind != "histogram")
                {
                    lines.Add(Line("", point.Value[(point.Value.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
                    continue;
                }

                Assert.Equal(point.Bounds.Count + 1, point.Buckets.Count);
                var count = 0UL;
                for (var i = 0; i < point.Buckets.Count; i++)
                {
                    count += point.Buckets[i];
                    lines.Add(Line("_bucket", $"{count}", $"le=\"{(i < point.Bounds.Count ? point.Bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf")}\""));
                }

                Assert.Equal(count, point.Count);
                lines.AddRange([Line("_sum", point.Sum.ToString("R", CultureInfo.InvariantCulture)), Line("_count", $"{point.Count}")]);
            }
        }

        return string.Join('\n', lines);
    }

    private static string Steady(string text) => string.Join('\n', text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(static line => s_restless.Any(name => line.StartsWith(name + " ", StringComparison.Ordinal)) ? line[..line.IndexOf(' ', StringComparison.Ordinal)] : line)
        .Order(StringComparer.Ordinal));

    private static int Count(TestNode node, string words) => Leftovers.Read(node.LogFile).Split(words).Length - 1;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
