namespace Skerry.System.Tests.Nodes;

/// <summary>
/// The programs under test: those in the directory that SKERRY_DIST names; else the published ones, if they are newer than the built
/// ones; else the built ones.
/// </summary>
internal static class Programs
{
    internal static string Daemon { get; } = Find("skerryd", "Skerry.Node");

    /// <summary>The OCI runtime front; there is none before scripts/build has published it.</summary>
    internal static string Front { get; } = Find("skerry-runtime", "Skerry.Runtime");

    /// <summary>The carrier of WebAssembly modules; libwasmtime.so is beside it only when it was published.</summary>
    internal static string Wasm { get; } = Find("skerry-wasm", "Skerry.Wasm");

    internal static string CommandLine { get; } = Find("skerry", "Skerry.Cli");

    /// <summary>Programs that were built and not published find their runtime by this.</summary>
    internal static string DotnetRoot { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));

    internal static string Repository { get; } = FindRepository();

    /// <summary>Skips the test, with the reason, where a private node cannot run.</summary>
    internal static void SkipUnlessANodeCanRun()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: skerryd makes namespaces, mounts and cgroups");
        Assert.SkipUnless(File.Exists("/usr/bin/crun"), "needs crun: apt-get install crun");
        Assert.SkipUnless(File.Exists("/usr/bin/conmon"), "needs conmon: apt-get install conmon");
        Assert.SkipUnless(File.Exists(TestImages.Busybox), "needs a static busybox: apt-get install busybox-static");
        Assert.SkipUnless(TestRegistry.Binary is not null, "needs docker-registry: apt-get install docker-registry");
    }

    private static string Find(string name, string project)
    {
        if (Environment.GetEnvironmentVariable("SKERRY_DIST") is { Length: > 0 } dist)
        {
            return Path.Combine(dist, name);
        }

        var published = Path.Combine(FindRepository(), "artifacts/dist", name);
        var built = Path.Combine(FindRepository(), "src", project, "bin/Release/net10.0", name);
        var dll = built + ".dll";
        return File.Exists(published) && (!File.Exists(dll) || File.GetLastWriteTimeUtc(published) > File.GetLastWriteTimeUtc(dll)) ? published : built;
    }

    private static string FindRepository()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Skerry.slnx")))
            {
                return directory;
            }
        }

        throw new InvalidOperationException($"no Skerry.slnx above {AppContext.BaseDirectory}");
    }
}
