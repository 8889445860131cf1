using Microsoft.Extensions.Logging.Abstractions;
using Skerry.Guard.Rules;
using Skerry.Node.Configuration;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Recording;

namespace Skerry.Node.Tests.Sensors.Alerts;

/// <summary>Alerts that cannot be kept go to the other outputs, and that they cannot is an alert itself.</summary>
public sealed class AlertDeskTests
{
    [Fact]
    public async Task That_alerts_cannot_be_kept_is_told_once_to_who_listens_and_again_when_it_is_over()
    {
        var root = Directory.CreateTempSubdirectory("skerry-desk-").FullName;
        try
        {
            var path = Path.Combine(root, "alerts.jsonl");
            Directory.CreateDirectory(path);
            await using var desk = new AlertDesk(new GuardOptions(), path, NullLogger.Instance);
            desk.Trouble = new Trouble(TimeProvider.System, problem => desk.Take(Of(problem is null ? "over" : "broken", problem ?? "none")));
            using var end = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            var coming = desk.Listen(end.Token);
            desk.Take(Of("one", "x"));
            desk.Take(Of("two", "x"));
            Assert.Equal(["one", "two", "broken"], await Next(3));
            desk.Take(Of("three", "x"));
            Assert.Equal(["three"], await Next(1));
            Directory.Delete(path);
            desk.Take(Of("four", "x"));
            Assert.Equal(["four", "over"], await Next(2));
            Assert.Equal(4, desk.Dropped);

            async Task<List<string>> Next(int count)
            {
                List<string> rules = [];
                while (rules.Count < count)
                {
                    rules.Add((await coming.ReadAsync(end.Token)).Rule);
                }

                return [.. rules.OrderBy(static r => r is "broken" or "over")]; // who tells it does so before or after the next alert
            }
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static Alert Of(string rule, string message) => AlertMaker.OfGuard(1, "edge", rule, Priority.Error, message, new Dictionary<string, long>());
}
