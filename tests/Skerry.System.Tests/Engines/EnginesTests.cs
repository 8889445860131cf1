using System.Globalization;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Engines;

/// <summary>Other engines use the published skerry-runtime as they would use runc.</summary>
public sealed class EnginesTests
{
    private const string UserTicks = "(while :; do :; done) & sleep 2; cut -d' ' -f14 /proc/$!/stat; kill $!";

    [Theory]
    [InlineData("podman", "crun")]
    [InlineData("podman", "runc")]
    [InlineData("ctr", "crun")]
    [InlineData("ctr", "runc")]
    [Trait("Promise", "P-44")]
    public async Task Podman_and_containerd_run_containers_through_the_front_and_nothing_is_left(string program, string beneath)
    {
        Engine.SkipUnlessPossible(program, beneath);
        await using var engine = program == "podman" ? new Podman(beneath) : (Engine)new Containerd(beneath);
        await engine.Prepare();
        var none = new Engine.Limits();

        // Exit codes, and what a program says.
        Assert.Equal("hello\n", (await engine.Run("a", none, "echo", "hello")).Ok);
        Assert.Equal(9, (await engine.Run("b", none, "sh", "-c", "exit 9")).Code);
        var missing = await engine.Run("c", none, "/nothing-here");
        Assert.NotEqual(0, missing.Code);
        Assert.Contains("nothing-here", missing.ToString(), StringComparison.Ordinal);

        // Limits bite.
        Assert.NotEqual(0, (await engine.Run("d", new Engine.Limits(MemoryMiB: 32), "sh", "-c", "head -c 200m /dev/zero | tail -c 200m >/dev/null")).Code);
        if (program == "podman")
        {
            var started = (await engine.Run("e", new Engine.Limits(Pids: 16), "sh", "-c", "for n in $(seq 40); do sleep 5 & echo $n; done 2>/dev/null")).Out;
            Assert.True(started.Split('\n').Length <= 17, started);
        }

        var ticks = int.Parse((await engine.Run("f", new Engine.Limits(Cpus: 0.2), "sh", "-c", UserTicks)).Ok, CultureInfo.InvariantCulture);
        Assert.True(ticks < 100, $"{ticks} of 200 ticks with a fifth of a core");

        // A life: run, exec, pause, kill, remove.
        _ = (await engine.RunDetached("life", new Engine.Limits(MemoryMiB: 64), "sleep", "1000")).Ok;
        Assert.Equal("x\n", (await engine.Exec("life", "echo", "x")).Ok);
        Assert.Equal(5, (await engine.Exec("life", "sh", "-c", "exit 5")).Code);
        _ = (await engine.PauseAndResume("life")).Ok;
        Assert.Equal("y\n", (await engine.Exec("life", "echo", "y")).Ok);

        // It is this program that did it: the state is below its root, by the name of the runtime beneath.
        Assert.NotEmpty((await Running.Shell($"find '{engine.Home}/state' -mindepth 1 -maxdepth 3 -type d -path '*/{beneath}/*'")).Ok);
        _ = (await engine.Kill("life")).Ok;
        _ = (await engine.Remove("life")).Ok;
    }
}
