using System.Text.Json;
using Skerry.Runtime.Bundles;
using Skerry.Runtime.Output;

namespace Skerry.Runtime.Tests;

/// <summary>What is refused, in which words, and that nothing is left behind by it.</summary>
public sealed class WrongInputTests
{
    [Theory]
    [InlineData("../c1")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a/b")]
    [InlineData("/etc")]
    [InlineData("a\nb")]
    [InlineData("")]
    public void An_id_that_is_no_plain_name_is_refused(string id)
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        foreach (var command in (string[])["create", "state", "delete", "kill", "start", "exec"])
        {
            var outcome = runtime.Call(command, id);
            Assert.Equal(1, outcome.Code);
            Assert.Contains("invalid id format", outcome.Error, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(runtime.Root));
    }

    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public void A_bundle_that_is_missing_is_named(string beneath)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        var outcome = runtime.Call("create", "--bundle", "/nowhere/at-all", "c1");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("/nowhere/at-all/config.json does not exist", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2.0.0", "only 1.x is")]
    [InlineData("0.9.0", "only 1.x is")]
    [InlineData("one", "no SemVer")]
    public void An_ociVersion_of_another_world_is_refused(string version, string reason)
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        runtime.Configure(version: version);
        Refused(runtime, reason);
    }

    [Theory]
    [InlineData("dev")]
    [InlineData("proc")]
    [InlineData("sys")]
    public void A_root_with_a_link_in_place_of_a_kernel_file_system_is_refused(string name)
    {
        // Beneath it, crun makes device files where such a /dev leads, on the host.
        using var runtime = RuntimeUnderTest.Over("crun");
        var outside = Directory.CreateDirectory(Path.Combine(runtime.Directory, "outside")).FullName;
        Directory.Delete(Path.Combine(runtime.Bundle, "rootfs", name));
        File.CreateSymbolicLink(Path.Combine(runtime.Bundle, "rootfs", name), outside);
        Refused(runtime, $"/{name} of the root file system is a link or a file");
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    }

    [Fact]
    public void Json_that_ends_early_is_refused_with_its_place()
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        File.WriteAllText(runtime.ConfigPath, "{\"ociVersion\":\"1.0.2\",\n\"process\":{");
        Refused(runtime, "no valid JSON at line 2");
    }

    [Fact]
    public void Json_that_nests_without_end_is_refused()
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        File.WriteAllText(runtime.ConfigPath, "{\"ociVersion\":\"1.0.2\",\"annotations\":" + new string('[', 1_000_000));
        Refused(runtime, "no valid JSON");
    }

    [Theory]
    [InlineData("{\"ociVersion\":\"1.0.2\",\"annotations\":{\"a\":\"\\ud800\"}}", 41)]
    [InlineData("{\"ociVersion\":\"1.0.2\",\"\\ud800\":{}}", 22)]
    [InlineData("{\"ociVersion\":\"\\ud800\"}", 14)]
    [InlineData("{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"\\udc00\"}}", 37)]
    [InlineData("{\"ociVersion\":\"1.0.2\",\"\u00ff\":{}}", 22)]
    public void A_string_that_is_no_Unicode_is_refused_with_its_place(string config, int place)
    {
        var bundle = Directory.CreateTempSubdirectory("skerry-rt-");
        try
        {
            File.WriteAllBytes(Path.Combine(bundle.FullName, "config.json"), System.Text.Encoding.Latin1.GetBytes(config));
            var refused = Assert.Throws<RefusedException>(() => BundleConfig.Read(bundle.FullName, null));
            Assert.EndsWith($"config.json: the string at byte {place} is not valid Unicode", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            bundle.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_refused_string_is_told_in_the_log()
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        File.WriteAllText(runtime.ConfigPath, "{\"ociVersion\":\"\\ud800\"}");
        var log = Path.Combine(runtime.Directory, "log.json");
        Assert.Equal(1, runtime.Call("--log", log, "--log-format", "json", "create", "--bundle", runtime.Bundle, "c1").Code);
        using var entry = JsonDocument.Parse(File.ReadLines(log).Last());
        Assert.EndsWith("config.json: the string at byte 14 is not valid Unicode", entry.RootElement.GetProperty("msg").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_or_log_without_a_name_is_refused()
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        var bundle = runtime.Call("create", "--bundle", "", "c1");
        Assert.Equal((1, true), (bundle.Code, bundle.Error.Contains("--bundle needs a directory", StringComparison.Ordinal)));
        Assert.Equal(1, runtime.Call("--log", "", "create", "--bundle", "/nowhere", "c1").Code);
    }

    [Fact]
    public void What_nobody_foresaw_ends_in_the_log_too()
    {
        var log = Path.Combine(Path.GetTempPath(), $"skerry-rt-{Guid.NewGuid():N}.log");
        try
        {
            Assert.Equal(1, EntryPoint.Run(["--log", log, "state", "c1"], static _ => throw new InvalidOperationException("unforeseen")));
            var text = File.ReadAllText(log);
            Assert.Contains("skerry-runtime: state c1: a defect in skerry-runtime itself: ", text, StringComparison.Ordinal);
            Assert.Contains("unforeseen", text, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Theory]
    [InlineData("{\"pid\":7}", 7)]
    [InlineData("{\"pid\":\"7\"}", null)]
    [InlineData("{\"pid\":7.5}", null)]
    [InlineData("{}", null)]
    [InlineData("[]", null)]
    [InlineData("", null)]
    [InlineData("a warning\n{\"pid\":7}", null)]
    [InlineData("{\"\\ud800\":1}", null)]
    public void An_answer_to_state_has_a_pid_or_is_none(string state, int? pid) => Assert.Equal(pid, Events.PidOf(state));

    [Fact]
    public void Warnings_of_the_runtime_beneath_are_no_part_of_its_answers()
    {
        using var runtime = RuntimeUnderTest.Over("crun");
        var real = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(static d => Path.Combine(d, "crun")).First(File.Exists);
        var warning = Path.Combine(runtime.Directory, "crun");
        File.WriteAllText(warning, $"#!/bin/sh\necho 'a warning' >&2\nexec {real} \"$@\"\n");
        File.SetUnixFileMode(warning, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string[] beneath = [$"SKERRY_OCI_RUNTIME={warning}"];
        var made = runtime.CallWith(beneath, "run", "--detach", "--bundle", runtime.Bundle, "c1");
        Assert.True(made.Code == 0, made.ToString());
        var events = runtime.CallWith(beneath, "events", "--stats", "c1");
        Assert.True(events.Code == 0, events.ToString());
        using var stats = JsonDocument.Parse(events.Output);
        Assert.Equal("c1", stats.RootElement.GetProperty("id").GetString());
        using var list = JsonDocument.Parse(runtime.CallWith(beneath, "list", "--format", "json").Output);
        Assert.Equal(1, list.RootElement.GetArrayLength());
    }

    [Fact]
    public void A_member_that_is_named_twice_is_refused()
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        File.WriteAllText(runtime.ConfigPath, "{\"ociVersion\":\"1.0.2\",\"process\":{},\"Process\":{}}");
        Refused(runtime, "names 'Process' twice");
    }

    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public void A_config_of_10_megabytes_runs(string beneath)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        runtime.Configure(version: "1.3.0", args: "\"/bin/busybox\",\"true\"", more: $"\"annotations\":{{\"big\":\"{new string('x', 10 * 1024 * 1024)}\"}},");
        var outcome = runtime.Call("run", "--bundle", runtime.Bundle, "c1");
        Assert.True(outcome.Code == 0, outcome.ToString());
    }

    [Fact]
    public void A_config_beyond_the_limit_is_refused_unread()
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        using (var file = File.OpenWrite(runtime.ConfigPath))
        {
            file.SetLength(1L << 40);
        }

        Refused(runtime, "at most");
    }

    [Fact]
    public void A_config_that_is_a_device_is_refused_at_once()
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        File.Delete(runtime.ConfigPath);
        File.CreateSymbolicLink(runtime.ConfigPath, "/dev/zero");
        Refused(runtime, "");
    }

    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public void A_bundle_behind_a_symbolic_link_is_fine(string beneath)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        runtime.Configure(args: "\"/bin/busybox\",\"true\"");
        var link = Path.Combine(runtime.Directory, "link");
        Directory.CreateSymbolicLink(link, runtime.Bundle);
        var outcome = runtime.Call("run", "--bundle", link, "c1");
        Assert.True(outcome.Code == 0, outcome.ToString());
    }

    [Fact]
    public void Checkpoint_and_restore_are_refused_in_the_log_too()
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        var log = Path.Combine(runtime.Directory, "log.json");
        foreach (var command in (string[])["checkpoint", "restore"])
        {
            var outcome = runtime.Call("--log", log, "--log-format", "json", command, "c1");
            Assert.Equal(1, outcome.Code);
            using var entry = JsonDocument.Parse(File.ReadLines(log).Last());
            Assert.Equal("error", entry.RootElement.GetProperty("level").GetString());
            Assert.StartsWith($"skerry-runtime: {command} not supported", entry.RootElement.GetProperty("msg").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public void A_failure_beneath_keeps_its_words_and_says_which_step_failed(string beneath)
    {
        using var runtime = RuntimeUnderTest.Over(beneath);
        runtime.Configure(args: "\"/no/such/program\"");
        var log = Path.Combine(runtime.Directory, "log.json");
        var outcome = runtime.Call("--log", log, "--log-format", "json", "run", "--detach", "--bundle", runtime.Bundle, "c1");
        Assert.NotEqual(0, outcome.Code);
        using var entry = JsonDocument.Parse(File.ReadLines(log).Last());
        var message = entry.RootElement.GetProperty("msg").GetString()!;
        Assert.StartsWith($"skerry-runtime: run c1: {beneath} ", message, StringComparison.Ordinal);
        Assert.Contains("/no/such/program", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(runtime.Root, beneath, "c1")));
    }

    [Fact]
    public void A_forced_delete_of_nothing_succeeds_and_a_plain_one_does_not()
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        Assert.Equal(0, runtime.Call("delete", "--force", "gone").Code);
        Assert.Contains("does not exist", runtime.Call("delete", "gone").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("kill --regex .*")]
    [InlineData("create --bundle")]
    [InlineData("create --preserve-fds x c1")]
    public void A_call_that_is_not_understood_is_refused(string line)
    {
        using var runtime = RuntimeUnderTest.Over("runc");
        Assert.Equal(1, runtime.Call(line.Split(' ')).Code);
    }

    private static void Refused(RuntimeUnderTest runtime, string reason)
    {
        var outcome = runtime.Call("create", "--bundle", runtime.Bundle, "c1");
        Assert.Equal(1, outcome.Code);
        Assert.Contains(reason, outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(runtime.Root, "runc", "c1")));
    }
}
