using System.Globalization;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Runtime;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Tests.Isolation.Runtime;

public sealed class RuntimeTrialTests : IDisposable
{
    private readonly string _run = Directory.CreateTempSubdirectory("skerry-trial-").FullName;
    private readonly ViewThreads _threads = new();

    public RuntimeTrialTests() =>
        File.SetUnixFileMode(_run, (UnixFileMode)0x1ED); // 0755: the trial's users pass through it

    private RuntimeTrial Trial(RuntimeRunner? run = null) => new(
        CgroupLayout.Detect(), _run, string.Create(CultureInfo.InvariantCulture, $"trial-test-{Environment.ProcessId}"), IdRange.At(2_000_000), run ?? _threads.Run, TimeProvider.System);

    [Fact]
    public async Task A_runtime_that_runs_a_container_is_picked_and_nothing_is_left()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        Assert.SkipUnless(File.Exists("/usr/bin/crun") || File.Exists("/usr/sbin/runc"), "needs crun or runc");
        var result = await Trial().Pick();
        foreach (var verdict in result.Verdicts)
            TestContext.Current.TestOutputHelper?.WriteLine($"{verdict.Name}: {verdict.Works} {verdict.Detail} {verdict.Reason}");
        Assert.NotNull(result.Choice);
        TestContext.Current.TestOutputHelper?.WriteLine($"{result.Choice.Took.TotalMilliseconds:F0} ms");
        if (File.Exists("/usr/bin/crun"))
            Assert.Equal(RuntimeKind.Crun, result.Choice.Kind);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_run));

        var key = RuntimeTrialCache.Key(null);
        var file = Path.Combine(_run, "trial.json");
        RuntimeTrialCache.Store(file, key, result);
        var loaded = RuntimeTrialCache.Load(file, key);
        Assert.Equal(result.Choice.View, loaded!.Choice!.View);
        Assert.Equal(result.Verdicts, loaded.Verdicts);
        Assert.Null(RuntimeTrialCache.Load(file, key + "x"));
        await File.WriteAllTextAsync(file, "{");
        Assert.Null(RuntimeTrialCache.Load(file, key));
        File.Delete(file);
    }

    [Fact]
    public async Task Runc_passes_the_same_trial()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        Assert.SkipUnless(File.Exists("/usr/sbin/runc"), "needs runc");
        var result = await Trial().Pick("/usr/sbin/runc");
        Assert.True(result.Choice?.Kind == RuntimeKind.Runc, string.Join("; ", result.Verdicts.Select(v => v.Reason)));
    }

    [Fact]
    public async Task A_runtime_that_leaves_the_filter_out_is_not_picked()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        Assert.SkipUnless(File.Exists("/usr/bin/crun"), "needs crun");

        // The bundle is changed on its way to the runtime: what a crun without the annotation would do.
        var result = await Trial(async (view, path, arguments, patience) =>
        {
            foreach (var config in Directory.EnumerateFiles(_run, "config.json", SearchOption.AllDirectories))
                await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config)).Replace("run.oci.seccomp_bpf_data", "run.oci.no_such_thing", StringComparison.Ordinal));
            return await _threads.Run(view, path, arguments, patience);
        }).Pick("/usr/bin/crun");
        Assert.Null(result.Choice);
        Assert.Contains(result.Verdicts, v => v.Reason.Contains("without the seccomp filter", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_runtime_that_fails_or_is_missing_is_reported_with_its_reason()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        var result = await Trial((_, _, _, _) => Task.FromResult<(int?, string)>((1, "cgroups are not to its liking\nmore"))).Pick();
        Assert.Null(result.Choice);
        Assert.All(result.Verdicts, v => Assert.False(v.Works));
        Assert.All(result.Verdicts, v => Assert.Matches("cgroups are not to its liking|not installed", v.Reason));
    }

    public void Dispose()
    {
        _threads.Dispose();
        new Cgroup(CgroupLayout.Detect(), Cgroup.PathOf(string.Create(CultureInfo.InvariantCulture, $"trial-test-{Environment.ProcessId}"))).Remove();
        Directory.Delete(_run, recursive: true);
    }
}
