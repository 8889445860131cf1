using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Trust;

/// <summary>softhsm2, opensc, swtpm and tpm2-tools: what holds keys in the tests. They are installed, or where scripts/setup --test unpacked them.</summary>
internal static class KeyTools
{
    private static readonly string Unpacked = Path.Combine(Programs.Repository, "artifacts/tools/keys");

    /// <summary>The module of a token in software.</summary>
    internal static string Module { get; } = Find("libsofthsm2.so", "usr/lib/softhsm/libsofthsm2.so");

    /// <summary>Where the libraries of what was unpacked are.</summary>
    internal static string Libraries { get; } = string.Join(':', Directory.Exists(Unpacked) ? Directory.GetDirectories(Path.Combine(Unpacked, "usr/lib"), "*-linux-gnu").SelectMany(static d => (string[])[d, Path.Combine(d, "swtpm")]) : []);

    /// <summary>A program.</summary>
    internal static string Program(string name)
    {
        Programs.SkipUnlessANodeCanRun();
        return Find(name, "usr/bin/" + name);
    }

    /// <summary>Runs a shell script in which the programs are found.</summary>
    internal static Task<Said> Shell(string directory, string script) => Running.Shell(
        $"cd '{directory}' && export LD_LIBRARY_PATH='{Libraries}' PATH=\"{Path.Combine(Unpacked, "usr/bin")}:$PATH\" SOFTHSM2_CONF='{directory}/softhsm2.conf' && {script}");

    private static string Find(string name, string path)
    {
        foreach (var root in (string[])["/", Unpacked])
        {
            if (File.Exists(Path.Combine(root, path)))
            {
                return Path.Combine(root, path);
            }
        }

        Assert.Skip($"needs {name}: scripts/setup --test unpacks it");
        return "";
    }
}
