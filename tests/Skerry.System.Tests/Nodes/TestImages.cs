using Skerry.Oci.Archives;
using Skerry.Oci.Layers;
using Skerry.Oci.Manifests;

namespace Skerry.System.Tests.Nodes;

/// <summary>Small images of real programs: a static busybox, users, several layers, a whiteout.</summary>
internal static class TestImages
{
    internal const string Busybox = "/bin/busybox";
    internal const string SmallName = "small:1";

    private static readonly string[] Applets =
    [
        "sh", "true", "false", "sleep", "cat", "echo", "id", "ls", "ps", "kill", "env", "pwd", "touch", "mkdir", "rm", "grep", "head", "tail", "dd", "wc",
        "mount", "umount", "unshare", "mknod", "chown", "chmod", "nc", "wget", "httpd", "hostname", "ip", "stat", "tty", "stty", "seq", "yes", "test",
        "readlink", "nproc", "usleep", "sed", "awk", "tr", "sort", "find", "df", "date", "ln",
    ];

    /// <summary>
    /// Three layers: busybox and its names; users, a home and a file of the user's; a whiteout of /gone and a change of /etc/layer.
    /// </summary>
    internal static ImageBuilder Small()
    {
        var builder = new ImageBuilder
        {
            Process = new ImageProcess
            {
                Env = ["PATH=/bin", "FROM_IMAGE=yes"],
                Cmd = ["sh", "-c", "echo default command; id -u"],
                WorkingDir = "/",
                Labels = new Dictionary<string, string> { ["made-by"] = "the tests" },
            },
        };
        builder.AddLayer(layer =>
        {
            foreach (var directory in (string[])["bin", "etc", "dev", "proc", "sys", "tmp", "root", "var", "gone"])
            {
                layer.Write(new NewEntry(directory, LayerEntryType.Directory) { Mode = directory == "tmp" ? 0x3ff : 0x1ed });
            }

            using (var busybox = File.OpenRead(Busybox))
            {
                layer.Write(new NewEntry("bin/busybox", LayerEntryType.File) { Mode = 0x1ed }, busybox, busybox.Length);
            }

            foreach (var applet in Applets)
            {
                layer.Write(new NewEntry("bin/" + applet, LayerEntryType.Symlink) { LinkTarget = "busybox" });
            }

            layer.Write(new NewEntry("gone/file", LayerEntryType.File), "seen only below\n"u8);
            layer.Write(new NewEntry("etc/layer", LayerEntryType.File), "1\n"u8);
        });
        builder.AddLayer(layer =>
        {
            layer.Write(new NewEntry("etc/passwd", LayerEntryType.File), "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n"u8);
            layer.Write(new NewEntry("etc/group", LayerEntryType.File), "root:x:0:\napp:x:1000:\nextra:x:2000:app\n"u8);
            layer.Write(new NewEntry("home", LayerEntryType.Directory));
            layer.Write(new NewEntry("home/app", LayerEntryType.Directory) { Uid = 1000, Gid = 1000 });
            layer.Write(new NewEntry("home/app/own", LayerEntryType.File) { Uid = 1000, Gid = 1000 }, "mine\n"u8);
        });
        builder.AddLayer(layer =>
        {
            layer.Write(new NewEntry(".wh.gone", LayerEntryType.File));
            layer.Write(new NewEntry("etc/layer", LayerEntryType.File), "3\n"u8);
        });
        return builder;
    }

    /// <summary>The small image with an entry point, a user and a working directory of its own.</summary>
    internal static ImageBuilder WithEntryPoint()
    {
        var builder = Small();
        builder.Process = builder.Process with { Entrypoint = ["echo", "entry"], Cmd = ["command"], User = "app", WorkingDir = "/home/app" };
        return builder;
    }

    /// <summary>The small image with a layer of incompressible bytes above it.</summary>
    internal static ImageBuilder Large(int bytes, int seed = 1)
    {
        var builder = Small();
        var content = new byte[bytes];
        new Random(seed).NextBytes(content);
        return builder.AddLayer(layer => layer.Write(new NewEntry("large", LayerEntryType.File), content));
    }
}
