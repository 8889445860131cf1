using System.Collections;
using System.Globalization;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Processes;

namespace Skerry.Runtime.Tests;

/// <summary>
/// The built program over a real runtime, with a root and a bundle of its own. Whatever containers are left are killed and removed.
/// </summary>
internal sealed class RuntimeUnderTest : IDisposable
{
    private readonly string _beneath;

    private RuntimeUnderTest(string beneath)
    {
        _beneath = beneath;
        Directory = System.IO.Directory.CreateTempSubdirectory("skerry-rt-").FullName;
        foreach (var part in (string[])["proc", "dev", "sys", "tmp", "bin"])
        {
            System.IO.Directory.CreateDirectory(Path.Combine(Bundle, "rootfs", part));
        }

        File.Copy("/bin/busybox", Path.Combine(Bundle, "rootfs/bin/busybox"));
        Configure();
    }

    internal string Directory { get; }

    internal string Bundle => Path.Combine(Directory, "bundle");

    internal string Root => Path.Combine(Directory, "root");

    internal string ConfigPath => Path.Combine(Bundle, "config.json");

    /// <summary>Skips the test where the machine has not what it needs.</summary>
    internal static RuntimeUnderTest Over(string beneath)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "containers need root");
        Assert.SkipUnless(File.Exists("/bin/busybox"), "/bin/busybox (busybox-static) is missing");
        Assert.SkipUnless(InPath(beneath), $"{beneath} is not in PATH");
        return new RuntimeUnderTest(beneath);
    }

    internal void Configure(string version = "1.0.2", string args = "\"/bin/busybox\",\"sleep\",\"100\"", string more = "") =>
        File.WriteAllText(ConfigPath,
            $$$"""
            {"ociVersion":"{{{version}}}","process":{"user":{"uid":0,"gid":0},"args":[{{{args}}}],"cwd":"/","env":["PATH=/bin"],
              "capabilities":{"bounding":["CAP_KILL"],"effective":["CAP_KILL"],"permitted":["CAP_KILL"]}},
             "root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"}],{{{more}}}
             "linux":{"cgroupsPath":"/{{{Path.GetFileName(Directory)}}}","namespaces":[{"type":"pid"},{"type":"mount"},{"type":"ipc"},{"type":"uts"},{"type":"network"}]}}
            """);

    internal Outcome Call(params string[] arguments) => CallWith([], arguments);

    internal Outcome CallWith(string[] environment, params string[] arguments)
    {
        using var output = MemoryFile.CreateEmpty("out");
        using var error = MemoryFile.CreateEmpty("err");
        var variables = new List<string>([.. environment, $"SKERRY_OCI_RUNTIME={_beneath}"]);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables.Add($"{entry.Key}={entry.Value}");
        }

        var program = Environment.GetEnvironmentVariable("SKERRY_RUNTIME_UNDER_TEST") ?? Path.Combine(AppContext.BaseDirectory, "skerry-runtime");
        using var child = Spawn.Start(new SpawnRequest
        {
            Path = program,
            Arguments = ["--root", Root, .. arguments],
            Environment = variables,
            Descriptors = [(1, output), (2, error)],
        });
        var code = child.Wait(TimeSpan.FromSeconds(60));
        Assert.NotNull(code);
        return new Outcome(code.Value, Encoding.UTF8.GetString(MemoryFile.Content(output)), Encoding.UTF8.GetString(MemoryFile.Content(error)));
    }

    /// <summary>Waits for the container's process to end, on its pidfd.</summary>
    internal static void WaitForEnd(int pid)
    {
        using var process = PidFd.TryOpen(pid);
        Assert.True(process is null || PidFd.WaitReadable(process, TimeSpan.FromSeconds(20)), "the container's process has not ended");
    }

    internal int PidOf(string id)
    {
        using var state = System.Text.Json.JsonDocument.Parse(Call("state", id).Output);
        return state.RootElement.GetProperty("pid").GetInt32();
    }

    public void Dispose()
    {
        foreach (var kind in (string[])["crun", "runc"])
        {
            var states = Path.Combine(Root, kind);
            foreach (var container in System.IO.Directory.Exists(states) ? System.IO.Directory.GetDirectories(states) : [])
            {
                _ = Call("delete", "--force", Path.GetFileName(container));
            }
        }

        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static bool InPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, name)));

    internal sealed record Outcome(int Code, string Output, string Error)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"exit code {Code}\n{Output}\n{Error}");
    }
}
