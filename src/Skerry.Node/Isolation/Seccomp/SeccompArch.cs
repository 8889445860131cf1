using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Skerry.Node.Isolation.Seccomp;

/// <summary>An ABI that a filter is compiled for: its audit number and its system calls by name.</summary>
internal sealed class SeccompArch
{
    // include/uapi/linux/audit.h
    private const uint AuditArchX8664 = 0xC000003E;
    private const uint AuditArchAarch64 = 0xC00000B7;

    private SeccompArch(string name, string ociName, string goName, uint audit, bool hasX32, int column)
    {
        Name = name;
        OciName = ociName;
        GoName = goName;
        Audit = audit;
        HasX32 = hasX32;
        Calls = Load(column);
        Newest = (uint)Calls.Values.Max();
    }

    /// <summary>x86_64 or aarch64, as uname -m.</summary>
    public string Name { get; }

    /// <summary>Name in OCI JSON.</summary>
    public string OciName { get; }

    /// <summary>Name in docker's profiles (<c>includes.arches</c>).</summary>
    public string GoName { get; }

    /// <summary>seccomp_data.arch.</summary>
    public uint Audit { get; }

    /// <summary>The ABI shares its audit number with x32, whose calls have bit 30 set.</summary>
    public bool HasX32 { get; }

    /// <summary>Number by name.</summary>
    public FrozenDictionary<string, int> Calls { get; }

    /// <summary>The highest number known.</summary>
    public uint Newest { get; }

    /// <summary>x86-64.</summary>
    public static SeccompArch X8664 { get; } = new("x86_64", "SCMP_ARCH_X86_64", "amd64", AuditArchX8664, hasX32: true, 1);

    /// <summary>arm64.</summary>
    public static SeccompArch Aarch64 { get; } = new("aarch64", "SCMP_ARCH_AARCH64", "arm64", AuditArchAarch64, hasX32: false, 2);

    /// <summary>This machine's.</summary>
    /// <exception cref="PlatformNotSupportedException">Neither x86-64 nor arm64.</exception>
    public static SeccompArch Native => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => X8664,
        Architecture.Arm64 => Aarch64,
        var other => throw new PlatformNotSupportedException($"no system call table for {other}"),
    };

    private static FrozenDictionary<string, int> Load(int column)
    {
        Dictionary<string, int> calls = new(StringComparer.Ordinal);
        foreach (var line in SeccompResource.ReadText("syscalls.tsv").Split('\n'))
        {
            var fields = line.Split('\t');
            if (line.StartsWith('#') || fields.Length < 3 || fields[column] == "-")
                continue;
            calls.Add(fields[0], int.Parse(fields[column], CultureInfo.InvariantCulture));
        }

        return calls.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
