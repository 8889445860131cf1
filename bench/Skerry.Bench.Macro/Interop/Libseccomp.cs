using System.Runtime.InteropServices;

namespace Skerry.Bench.Macro.Interop;

/// <summary>libseccomp (seccomp.h), to compile a filter once, as a runtime would at each start.</summary>
internal static partial class Libseccomp
{
    internal const uint SCMP_ACT_ALLOW = 0x7fff0000;
    internal const uint SCMP_ACT_ERRNO_EPERM = 0x00050000 | 1;

    /// <summary>SCMP_FLTATR_CTL_OPTIMIZE; 2: a binary tree.</summary>
    internal const uint SCMP_FLTATR_CTL_OPTIMIZE = 8;

    /// <summary>__NR_SCMP_ERROR.</summary>
    internal const int UnknownSyscall = -1;

    [LibraryImport("libseccomp.so.2")]
    internal static partial nint seccomp_init(uint defaultAction);

    [LibraryImport("libseccomp.so.2")]
    internal static partial void seccomp_release(nint context);

    [LibraryImport("libseccomp.so.2")]
    internal static partial int seccomp_attr_set(nint context, uint attribute, uint value);

    [LibraryImport("libseccomp.so.2", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int seccomp_syscall_resolve_name(string name);

    [LibraryImport("libseccomp.so.2")]
    internal static partial int seccomp_rule_add_array(nint context, uint action, int syscall, uint count, nint arguments);

    [LibraryImport("libseccomp.so.2")]
    internal static partial int seccomp_export_bpf(nint context, SafeHandle fd);
}
