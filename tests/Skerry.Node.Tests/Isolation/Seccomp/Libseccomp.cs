using System.Runtime.InteropServices;
using System.Text.Json;

namespace Skerry.Node.Tests.Isolation.Seccomp;

/// <summary>The oracle: libseccomp compiles OCI JSON the way crun does (libcrun/seccomp.c).</summary>
internal static unsafe partial class Libseccomp
{
    private const string Library = "libseccomp.so.2";

    internal static bool IsHere => NativeLibrary.TryLoad(Library, out _);

    [StructLayout(LayoutKind.Sequential)]
    private struct ArgCmp
    {
        public uint Arg;
        public int Op;
        public ulong A;
        public ulong B;
    }

    [DllImport(Library)]
    private static extern nint seccomp_init(uint action);

    [DllImport(Library)]
    private static extern void seccomp_release(nint context);

    [DllImport(Library)]
    private static extern int seccomp_attr_set(nint context, int attribute, uint value);

    [DllImport(Library)]
    private static extern int seccomp_arch_remove(nint context, uint arch);

    [DllImport(Library)]
    private static extern int seccomp_arch_add(nint context, uint arch);

    [DllImport(Library)]
    private static extern int seccomp_arch_exist(nint context, uint arch);

    [DllImport(Library)]
    private static extern int seccomp_syscall_resolve_name_arch(uint arch, byte* name);

    [DllImport(Library)]
    private static extern int seccomp_syscall_resolve_name(byte* name);

    [DllImport(Library)]
    private static extern int seccomp_rule_add_array(nint context, uint action, int call, uint count, ArgCmp* args);

    [DllImport(Library)]
    private static extern int seccomp_export_bpf(nint context, int fd);

    internal static byte[] Compile(ReadOnlyMemory<byte> oci, uint arch, uint badArch)
    {
        using var document = JsonDocument.Parse(oci);
        var root = document.RootElement;
        var defaultAction = Action(root, "defaultAction", "defaultErrnoRet");
        var context = seccomp_init(defaultAction);
        try
        {
            if (seccomp_arch_exist(context, arch) != 0)
            {
                Check(seccomp_arch_add(context, arch), "arch");
                seccomp_arch_remove(context, 0);
            }

            Check(seccomp_attr_set(context, 2, badArch), "SCMP_FLTATR_ACT_BADARCH");
            foreach (var rule in root.GetProperty("syscalls").EnumerateArray())
            {
                var action = Action(rule, "action", "errnoRet");
                if (action == defaultAction)
                    continue;
                var args = rule.TryGetProperty("args", out var list)
                    ? list.EnumerateArray().Select(a => new ArgCmp
                    {
                        Arg = a.GetProperty("index").GetUInt32(),
                        Op = Array.IndexOf(["", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"], a.GetProperty("op").GetString()),
                        A = a.GetProperty("value").GetUInt64(),
                        B = a.TryGetProperty("valueTwo", out var two) ? two.GetUInt64() : 0,
                    }).ToArray()
                    : [];
                var alternatives = args.Select(a => a.Arg).Distinct().Count() == args.Length ? [args] : args.Select(a => new[] { a }).ToArray();
                foreach (var name in rule.GetProperty("names").EnumerateArray().Select(n => n.GetString()!))
                {
                    int call;
                    fixed (byte* text = global::System.Text.Encoding.ASCII.GetBytes(name + "\0"))
                        call = seccomp_syscall_resolve_name(text);
                    if (call == -1)
                        continue; // newer than this libseccomp
                    foreach (var conditions in alternatives)
                    {
                        fixed (ArgCmp* first = conditions)
                            Check(seccomp_rule_add_array(context, action, call, (uint)conditions.Length, first), name);
                    }
                }
            }

            var path = Path.GetTempFileName();
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            Check(seccomp_export_bpf(context, (int)file.SafeFileHandle.DangerousGetHandle()), "export");
            file.Position = 0;
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        finally
        {
            seccomp_release(context);
        }
    }

    internal static bool Knows(string name)
    {
        fixed (byte* text = global::System.Text.Encoding.ASCII.GetBytes(name + "\0"))
            return seccomp_syscall_resolve_name(text) != -1;
    }

    internal static int Resolve(uint arch, string name)
    {
        fixed (byte* text = global::System.Text.Encoding.ASCII.GetBytes(name + "\0"))
            return seccomp_syscall_resolve_name_arch(arch, text);
    }

    private static uint Action(JsonElement element, string field, string errno) => element.GetProperty(field).GetString() switch
    {
        "SCMP_ACT_ALLOW" => 0x7fff0000,
        "SCMP_ACT_ERRNO" => 0x00050000 | (element.TryGetProperty(errno, out var e) ? e.GetUInt32() : 1),
        "SCMP_ACT_KILL_PROCESS" => 0x80000000,
        "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD" => 0,
        "SCMP_ACT_TRAP" => 0x00030000,
        "SCMP_ACT_LOG" => 0x7ffc0000,
        var other => throw new InvalidOperationException(other),
    };

    private static void Check(int result, string what)
    {
        if (result != 0)
            throw new InvalidOperationException($"libseccomp {what}: {result}");
    }
}
