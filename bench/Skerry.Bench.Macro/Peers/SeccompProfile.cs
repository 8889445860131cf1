using System.Text.Json.Nodes;
using Skerry.Bench.Macro.Interop;

namespace Skerry.Bench.Macro.Peers;

/// <summary>The profile that Debian's container tools ship, reduced to the calls that every container may make.</summary>
internal static class SeccompProfile
{
    private const string Shipped = "/usr/share/containers/seccomp.json";

    public static bool IsThere => File.Exists(Shipped);

    /// <summary>linux.seccomp of the runtime spec: the runtime compiles it at each start.</summary>
    public static JsonObject AsSpec() => new()
    {
        ["defaultAction"] = "SCMP_ACT_ERRNO",
        ["architectures"] = new JsonArray("SCMP_ARCH_X86_64"),
        ["syscalls"] = new JsonArray(new JsonObject
        {
            ["action"] = "SCMP_ACT_ALLOW",
            ["names"] = new JsonArray([.. Allowed().Select(n => (JsonNode)JsonValue.Create(n))]),
        }),
    };

    /// <summary>The same, compiled: crun's annotation run.oci.seccomp_bpf_data (crun(1)).</summary>
    public static string AsFilter(string directory)
    {
        nint context = Libseccomp.seccomp_init(Libseccomp.SCMP_ACT_ERRNO_EPERM);
        string path = Path.Combine(directory, "filter.bpf");
        try
        {
            Check(Libseccomp.seccomp_attr_set(context, Libseccomp.SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize");
            foreach (string name in Allowed())
            {
                int number = Libseccomp.seccomp_syscall_resolve_name(name);
                if (number != Libseccomp.UnknownSyscall)
                {
                    // negative numbers are pseudo calls of other architectures, which libseccomp leaves out
                    _ = Libseccomp.seccomp_rule_add_array(context, Libseccomp.SCMP_ACT_ALLOW, number, 0, 0);
                }
            }

            using FileStream file = File.Create(path);
            Check(Libseccomp.seccomp_export_bpf(context, file.SafeFileHandle), "export");
        }
        finally
        {
            Libseccomp.seccomp_release(context);
        }

        return Convert.ToBase64String(File.ReadAllBytes(path));
    }

    private static IEnumerable<string> Allowed() =>
        JsonNode.Parse(File.ReadAllText(Shipped))!["syscalls"]!.AsArray()
            .Where(rule => (string?)rule!["action"] == "SCMP_ACT_ALLOW" && rule["includes"]?["caps"] is not JsonArray { Count: > 0 })
            .SelectMany(rule => rule!["names"]!.AsArray().Select(n => (string)n!))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    private static void Check(int result, string step)
    {
        if (result != 0)
        {
            throw new BenchException($"libseccomp {step}: error {result}");
        }
    }
}
