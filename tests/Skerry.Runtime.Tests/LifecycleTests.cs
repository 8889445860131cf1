using System.Text.Json;

namespace Skerry.Runtime.Tests;

/// <summary>Containers made by the real runtimes through the built program.</summary>
public sealed class LifecycleTests
{
    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public void The_version_is_followed_by_what_the_runtime_beneath_says_of_itself(string beneath)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        var lines = Succeeds(runtime.Call("--version")).Output.Split('\n');
        Assert.StartsWith("skerry-runtime version ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"beneath: {beneath} ", lines[2], StringComparison.Ordinal);
        Assert.StartsWith($"{beneath} version ", lines[3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("crun", "/nothing-here", "no such file or directory")]
    [InlineData("runc", "/nothing-here", "no such file or directory")]
    [InlineData("crun", "/no-program", "permission denied")]
    [InlineData("runc", "/no-program", "permission denied")]
    public void What_cannot_be_executed_is_logged_in_the_words_that_docker_looks_for(string beneath, string program, string words)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        runtime.Configure(args: $"\"{program}\"");
        File.WriteAllText(Path.Combine(runtime.Bundle, "rootfs/no-program"), "");
        var log = Path.Combine(runtime.Directory, "log");
        var outcome = runtime.Call("--log", log, "--log-format", "json", "create", "--bundle", runtime.Bundle, "c1");
        if (outcome.Code == 0)
        {
            // runc and older cruns may tell it at the start only.
            outcome = runtime.Call("--log", log, "--log-format", "json", "start", "c1");
        }

        Assert.NotEqual(0, outcome.Code);
        using var entry = JsonDocument.Parse(File.ReadLines(log).Last());
        Assert.Contains(words, entry.RootElement.GetProperty("msg").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_has_help_and_what_is_refused_has_none()
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        Assert.StartsWith("usage: skerry-runtime ", Succeeds(runtime.Call("delete", "--help")).Output, StringComparison.Ordinal);

        // podman takes a command with help for one that works.
        Assert.NotEqual(0, runtime.Call("checkpoint", "--help").Code);
    }

    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public void A_container_lives_from_create_to_delete(string beneath)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        Succeeds(runtime.Call("create", "--bundle", runtime.Bundle, "c1"));
        Assert.Equal("created", Status(runtime, "c1"));
        Succeeds(runtime.Call("start", "c1"));
        Assert.Equal("running", Status(runtime, "c1"));
        Assert.Contains("hello", Succeeds(runtime.Call("exec", "c1", "/bin/busybox", "echo", "hello")).Output, StringComparison.Ordinal);
        var exec = runtime.Call("exec", "c1", "/bin/busybox", "sh", "-c", "exit 7");
        Assert.True(exec.Code == 7, exec.ToString());
        Assert.Contains("c1", runtime.Call("list", "-q").Output, StringComparison.Ordinal);
        var pid = runtime.PidOf("c1");
        Assert.Contains($"{pid}", Succeeds(runtime.Call("ps", "--format", "json", "c1")).Output, StringComparison.Ordinal);
        Assert.NotEqual(0, runtime.Call("delete", "c1").Code);
        Succeeds(runtime.Call("kill", "c1", "KILL"));
        RuntimeUnderTest.WaitForEnd(pid);
        Assert.Equal("stopped", Status(runtime, "c1"));
        Succeeds(runtime.Call("delete", "c1"));
        Assert.Contains("does not exist", runtime.Call("state", "c1").Error, StringComparison.Ordinal);
        Assert.Empty(runtime.Call("list", "-q").Output);
    }

    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public void Pause_and_resume_freeze_and_thaw(string beneath)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        Succeeds(runtime.Call("run", "--detach", "--bundle", runtime.Bundle, "c1"));
        Succeeds(runtime.Call("pause", "c1"));
        Assert.Equal("paused", Status(runtime, "c1"));
        Succeeds(runtime.Call("resume", "c1"));
        Assert.Equal("running", Status(runtime, "c1"));
    }

    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public void Statistics_are_told_by_both_runtimes(string beneath)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        Succeeds(runtime.Call("run", "--detach", "--bundle", runtime.Bundle, "c1"));
        using var stats = JsonDocument.Parse(Succeeds(runtime.Call("events", "--stats", "c1")).Output);
        Assert.Equal("stats", stats.RootElement.GetProperty("type").GetString());
        Assert.True(stats.RootElement.GetProperty("data").GetProperty("pids").GetProperty("current").GetInt32() >= 1);
        Assert.True(stats.RootElement.GetProperty("data").GetProperty("memory").GetProperty("usage").GetProperty("usage").GetInt64() > 0);
    }

    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public void The_exit_code_of_a_foreground_container_is_its_own(string beneath)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        runtime.Configure(args: "\"/bin/busybox\",\"sh\",\"-c\",\"exit 42\"");
        Assert.Equal(42, runtime.Call("run", "--bundle", runtime.Bundle, "c1").Code);
    }

    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public void A_bundle_of_a_newer_minor_version_runs_and_stays_as_it_was(string beneath)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        runtime.Configure(version: "1.3.0");
        var before = File.ReadAllBytes(runtime.ConfigPath);
        Succeeds(runtime.Call("create", "--bundle", runtime.Bundle, "c1"));
        using var state = JsonDocument.Parse(runtime.Call("state", "c1").Output);
        Assert.Equal(runtime.Bundle, state.RootElement.GetProperty("bundle").GetString());
        Assert.Equal(before, File.ReadAllBytes(runtime.ConfigPath));
        Assert.Equal(["config.json", "rootfs"], Directory.GetFileSystemEntries(runtime.Bundle).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Succeeds(runtime.Call("delete", "--force", "c1"));
    }

    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public void Nothing_of_ours_is_open_in_the_container(string beneath)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        runtime.Configure(version: "1.3.0", args: "\"/bin/busybox\",\"sh\",\"-c\",\"echo /proc/self/fd/*\"");
        var outcome = Succeeds(runtime.Call("run", "--bundle", runtime.Bundle, "c1"));
        Assert.Equal("/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3", outcome.Output.Trim()); // 3 is the shell's own look
    }

    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public void Limits_and_signals_of_the_caller_reach_the_container_unchanged(string beneath)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        runtime.Configure(args: "\"/bin/busybox\",\"grep\",\"-E\",\"^SigIgn|^SigBlk\",\"/proc/self/status\"");
        var outcome = Succeeds(runtime.Call("run", "--bundle", runtime.Bundle, "c1"));

        // posix_spawn(3) of glibc ignores signal 32, its own, in what it starts; no program sees it.
        Assert.Equal("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000", outcome.Output.Trim().Replace("0000000080000000", "0000000000000000", StringComparison.Ordinal));
    }

    [Fact]
    public void The_runtime_that_made_a_container_gets_its_later_commands()
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        Assert.SkipUnless(runtime.CallWith(["SKERRY_OCI_RUNTIME=crun"], "--version").Output.Contains("beneath: crun", StringComparison.Ordinal), "crun does not run here");
        Succeeds(runtime.Call("create", "--bundle", runtime.Bundle, "made-by-runc"));
        using var other = RuntimeUnderTest.Over("crun");
        var state = other.Call("--root", runtime.Root, "state", "made-by-runc");
        Assert.Equal(0, state.Code);
        Assert.Contains("created", state.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Hardening_that_the_configuration_names_reaches_the_process()
    {
        using var runtime = RuntimeUnderTest.Over("crun");
        var configuration = Path.Combine(runtime.Directory, "runtime.conf");
        File.WriteAllText(configuration, "# strict\nharden = no-new-privileges, masked-paths\n");
        File.SetUnixFileMode(configuration, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        runtime.Configure(args: "\"/bin/busybox\",\"sh\",\"-c\",\"grep NoNewPrivs /proc/self/status; wc -c < /proc/kallsyms\"");
        Assert.Contains("NoNewPrivs:\t0", Succeeds(runtime.Call("run", "--bundle", runtime.Bundle, "c1")).Output, StringComparison.Ordinal);
        var hard = Succeeds(runtime.CallWith([$"SKERRY_RUNTIME_CONFIG={configuration}"], "run", "--bundle", runtime.Bundle, "c1")).Output;
        Assert.Contains("NoNewPrivs:\t1", hard, StringComparison.Ordinal);
        Assert.Equal("0", hard.Trim().Split('\n')[^1].Trim());
    }

    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public void Features_are_one_json_object_that_names_the_runtime_beneath(string beneath)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        using var features = JsonDocument.Parse(Succeeds(runtime.Call("features")).Output);
        Assert.Equal(beneath, features.RootElement.GetProperty("annotations").GetProperty("org.skerry.runtime.beneath").GetString());
        Assert.NotEmpty(features.RootElement.GetProperty("ociVersionMin").GetString()!);
        Assert.NotEmpty(features.RootElement.GetProperty("ociVersionMax").GetString()!);
    }

    private static RuntimeUnderTest.Outcome Succeeds(RuntimeUnderTest.Outcome outcome)
    {
        Assert.True(outcome.Code == 0, outcome.ToString());
        return outcome;
    }

    private static string? Status(RuntimeUnderTest runtime, string id)
    {
        using var state = JsonDocument.Parse(Succeeds(runtime.Call("state", id)).Output);
        return state.RootElement.GetProperty("status").GetString();
    }
}
