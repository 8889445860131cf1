using System.Diagnostics;
using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Crashes;

/// <summary>The daemon is killed again and again while clients use it. SKERRY_KILLS sets how often (40), SKERRY_SEED when.</summary>
public sealed class RandomKillTests(ITestOutputHelper output)
{
    private const int UsualKills = 40;

    [Fact]
    [Trait("Promise", "P-28")]
    public async Task Killing_the_daemon_at_200_random_moments_of_a_mixed_load_loses_nothing()
    {
        var kills = Number("SKERRY_KILLS", UsualKills);
        var seed = Number("SKERRY_SEED", 20261122);
        await using var node = await TestNode.StartAsync("[log]\nlevel = \"warn\"\n");
        var image = await node.PullSmall();
        var churn = new Churn(node, image, seed);
        var random = new Random(seed);
        var clients = churn.Run(4);
        var clock = Stopwatch.StartNew();
        for (var kill = 0; kill < kills; kill++)
        {
            // Mostly in bursts; now and then the clients get somewhere.
            await Task.Delay(random.Next(kill % 5 == 4 ? 1500 : 300));
            node.Kill9();
            if (random.Next(4) == 0)
            {
                // Also while it starts.
                node.StartOnly();
                await Task.Delay(random.Next(400));
                node.Kill9();
            }

            await node.StartAgain();
        }

        var killing = clock.Elapsed;
        churn.Stop();
        await clients;
        node.Kill9();
        await node.StartAgain();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kills} kills in {killing.TotalSeconds:0.0} s, seed {seed}: {churn.Calls} calls, {churn.Lost} cut, {churn.Book.Count} pods promised, {churn.Book.Values.Count(static p => p.Owed == Churn.Owed.Unknown)} in doubt"));
        Assert.True(churn.Complaints.IsEmpty, string.Join('\n', churn.Complaints.Distinct()) + "\n" + node.LogTail());
        await Check(node, churn);
    }

    /// <summary>Looks again for a while: right after a start a pod may be between what the node said and what the kernel shows. A promise that is broken stays broken.</summary>
    private static async Task Check(TestNode node, Churn churn)
    {
        List<string> wrong = [];
        await Running.Until(async () => (wrong = await Wrong(node, churn)).Count == 0, () => string.Join('\n', wrong) + "\nlog: " + node.LogTail(6000), 15);
    }

    private static async Task<List<string>> Wrong(TestNode node, Churn churn)
    {
        var pods = await node.List();
        var wrong = new List<string>();
        foreach (var (name, promise) in churn.Book)
        {
            var container = pods.GetValueOrDefault(name)?.Containers[0];
            var problem = promise.Owed switch
            {
                Churn.Owed.Gone when container is not null => "is there and was removed",
                Churn.Owed.There or Churn.Owed.Stopped when container is null => "was acknowledged and is not there",
                Churn.Owed.There or Churn.Owed.Stopped when container.Id != promise.ContainerId => "is another",
                Churn.Owed.Stopped when container.State is not (ContainerState.Exited or ContainerState.Failed) => "was stopped and runs",
                Churn.Owed.There when !promise.EndsItself && container.State != ContainerState.Running => "should run",
                Churn.Owed.There when promise.EndsItself && container.State == ContainerState.Exited && container.ExitCode != 7 => "has lost its exit code",
                Churn.Owed.There when promise.EndsItself && container.State is ContainerState.Created or ContainerState.Failed => "never ran",
                _ => null,
            };
            if (problem is not null)
            {
                wrong.Add($"{name} {problem}: {container}");
            }
        }

        wrong.AddRange(pods.Keys.Where(name => !churn.Book.ContainsKey(name)).Select(static name => name + " was never asked for"));
        wrong.AddRange(pods.Keys.Where(static name => name.StartsWith("rm", StringComparison.Ordinal)).Select(name => $"{name} should have been removed: {pods[name].Containers[0]}"));
        var live = pods.Values.SelectMany(static p => p.Containers).Where(static c => c.State == ContainerState.Running).ToList();
        var known = pods.Values.SelectMany(static p => p.Containers).Select(static c => c.Id).ToHashSet(StringComparer.Ordinal);

        // What is on the machine belongs to a pod.
        foreach (var (directory, what) in new[] { ("run/c", "bundle"), ("run/oci", "runtime state"), ("root/containers", "writable layer") })
        {
            wrong.AddRange(Directory.EnumerateDirectories(Path.Combine(node.Home, directory)).Select(static d => Path.GetFileName(d)!)
                .Where(id => !known.Contains(id)).Select(id => $"{what} {id} has no owner"));
        }

        wrong.AddRange(node.CgroupDirectories().Select(static d => Path.GetFileName(d)!)
            .Where(id => id.Length == 64 && !known.Contains(id) && !pods.Values.Any(p => p.Id == id)).Select(static id => $"cgroup {id} has no owner"));
        wrong.AddRange(live.Where(static c => Leftovers.IsZombie(c.Pid)).Select(static c => $"{c.PodName} is shown as running and pid {c.Pid} is gone"));
        var monitors = Leftovers.All().Where(p => p.Words.Contains(node.Run + "/c/", StringComparison.Ordinal) && !p.Words.Contains("--exec", StringComparison.Ordinal)).ToList();
        wrong.AddRange(monitors.Where(m => !live.Exists(c => m.Words.Contains(c.Id, StringComparison.Ordinal))).Select(static m => $"monitor {m.Pid} has no container that runs"));
        return wrong;
    }

    private static int Number(string variable, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : usual;
}
