using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Skerry.Guest.Tests.Machines;

/// <summary>What a real machine needs, and where it is; a test that needs what is missing skips with the reason.</summary>
internal static class GuestFiles
{
    private static readonly string Root = FindRoot();
    private static readonly string Dist = Environment.GetEnvironmentVariable("SKERRY_DIST") ?? Path.Combine(Root, "artifacts/dist");
    private static readonly string Lab = Path.Combine(Root, "artifacts/tools/lab");

    public static string Kernel => Path.Combine(Dist, "guest/kernel");

    public static string Initrd => Path.Combine(Dist, "guest/initrd");

    /// <summary>QEMU, its options for where its own files are, and its libraries.</summary>
    public static (string Path, string[] Options, string Libraries)? Qemu()
    {
        var unpacked = Path.Combine(Lab, "usr/bin/qemu-system-x86_64");
        return File.Exists(unpacked)
            ? (unpacked, ["-L", Path.Combine(Lab, "usr/share/qemu"), "-L", Path.Combine(Lab, "usr/share/seabios")], $"{Lab}/usr/lib/x86_64-linux-gnu:{Lab}/lib/x86_64-linux-gnu")
            : Which("qemu-system-x86_64") is { } installed ? (installed, [], "") : null;
    }

    public static void SkipUnlessAMachineCanBoot()
    {
        Assert.SkipUnless(RuntimeInformation.OSArchitecture == Architecture.X64, "the machine of these tests is emulated for x86_64 alone");
        Assert.SkipWhen(Qemu() is null, "qemu-system-x86_64 is missing: run scripts/setup --microvm");
        Assert.SkipWhen(Which("mkfs.erofs") is null || Which("busybox") is null, "mkfs.erofs or busybox is missing: run scripts/setup --test --microvm");
        Assert.SkipUnless(File.Exists(Kernel) && File.Exists(Initrd), $"no kernel or initrd in {Path.GetDirectoryName(Kernel)}: run scripts/guest");
    }

    /// <summary>An EROFS image of busybox with its names, and what containers expect.</summary>
    public static string MakeDisk(string directory)
    {
        var tree = Path.Combine(directory, "tree");
        foreach (var name in new[] { "bin", "etc", "tmp", "proc", "sys", "dev", "data" })
        {
            Directory.CreateDirectory(Path.Combine(tree, name));
        }

        var busybox = Which("busybox")!;
        File.Copy(busybox, Path.Combine(tree, "bin/busybox"));
        foreach (var applet in Shell(busybox, "--list").Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static a => a != "busybox"))
        {
            File.CreateSymbolicLink(Path.Combine(tree, "bin", applet), "busybox");
        }

        File.WriteAllText(Path.Combine(tree, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1001:Ann:/home/ann:/bin/sh\n");
        File.WriteAllText(Path.Combine(tree, "etc/group"), "root:x:0:\nann:x:1001:\nstaff:x:50:ann\n");
        File.WriteAllText(Path.Combine(tree, "etc/noexec"), "text");
        var image = Path.Combine(directory, "disk.erofs");
        Shell(Which("mkfs.erofs")!, "--quiet", image, tree);
        return image;
    }

    /// <summary>The rate of the time-stamp counter, which the emulated machine has, too: measured there it is guessed wrong on a busy host.</summary>
    public static string TscKilohertz() =>
        ((long)(double.Parse(File.ReadLines("/proc/cpuinfo").First(static l => l.StartsWith("cpu MHz", StringComparison.Ordinal)).Split(':')[1], CultureInfo.InvariantCulture) * 1000))
        .ToString(CultureInfo.InvariantCulture);

    private static string Shell(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error.Result}");
    }

    private static string? Which(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':').Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Skerry.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("no Skerry.slnx above the tests");
        }

        return directory;
    }
}
