using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Skerry.Contracts.Guest.V1;

namespace Skerry.Guest.Tests.Machines;

/// <summary>Documents as a node writes them for a container (src/Skerry.Node/Isolation/Spec).</summary>
internal static class Documents
{
    public static StreamStart Run(params string[] arguments) => new()
    {
        Container = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)),
        Document = Bytes(Config(arguments)),
        Root = new GuestRoot { Layers = { "base" } },
    };

    public static StreamStart Shell(string script) => Run("/bin/sh", "-c", script);

    public static StreamStart Exec(string container, params string[] arguments) => new() { Container = container, Document = Bytes(Process(arguments)) };

    public static StreamStart WithTerminal(this StreamStart start, uint columns, uint rows)
    {
        var json = JsonNode.Parse(start.Document.Span)!;
        (json["process"] ?? json)["terminal"] = true;
        start.Document = Bytes(json);
        start.Tty = true;
        start.Stdin = true;
        start.Terminal = new GuestTerminalSize { Columns = columns, Rows = rows };
        return start;
    }

    public static StreamStart WithInput(this StreamStart start)
    {
        start.Stdin = true;
        return start;
    }

    public static StreamStart Edit(this StreamStart start, Action<JsonNode> edit)
    {
        var json = JsonNode.Parse(start.Document.Span)!;
        edit(json);
        start.Document = Bytes(json);
        return start;
    }

    public static ByteString Bytes(JsonNode json) => ByteString.CopyFrom(JsonSerializer.SerializeToUtf8Bytes(json));

    public static JsonNode Config(params string[] arguments) => new JsonObject
    {
        ["ociVersion"] = "1.0.2",
        ["process"] = Process(arguments),
        ["root"] = new JsonObject { ["path"] = "/run/skerry/c/rootfs", ["readonly"] = false },
        ["hostname"] = "pod",
        ["mounts"] = new JsonArray(
            Mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
            Mount("/dev", "tmpfs", "tmpfs", "nosuid", "noexec", "strictatime", "mode=755", "size=65536k"),
            Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
            Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
            Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
            Mount("/sys", "bind", "/sys", "rbind", "rprivate", "nosuid", "noexec", "nodev", "ro"),
            Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro")),
        ["annotations"] = new JsonObject { ["io.skerry.pod.name"] = "pod" },
        ["linux"] = new JsonObject
        {
            ["cgroupsPath"] = "/skerry/pod/c",
            ["namespaces"] = new JsonArray([.. new[] { "user", "pid", "mount", "cgroup", "ipc", "uts", "network" }.Select(static n => new JsonObject { ["type"] = n })]),
            ["uidMappings"] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = 1000000, ["size"] = 65536 }),
            ["gidMappings"] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = 1000000, ["size"] = 65536 }),
            ["resources"] = new JsonObject
            {
                ["devices"] = new JsonArray(new JsonObject { ["allow"] = false, ["type"] = "a", ["access"] = "rwm" }),
                ["pids"] = new JsonObject { ["limit"] = 128 },
            },
            ["rootfsPropagation"] = "private",
            ["maskedPaths"] = new JsonArray("/proc/kcore", "/proc/keys", "/sys/firmware"),
            ["readonlyPaths"] = new JsonArray("/proc/bus", "/proc/sys"),
        },
    };

    private static JsonNode Process(params string[] arguments)
    {
        JsonArray Capabilities() => new("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID");
        return new JsonObject
        {
            ["terminal"] = false,
            ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
            ["args"] = new JsonArray([.. arguments.Select(static a => (JsonNode)a)]),
            ["env"] = new JsonArray("PATH=/bin", "TERM=xterm"),
            ["cwd"] = "/",
            ["capabilities"] = new JsonObject { ["bounding"] = Capabilities(), ["effective"] = Capabilities(), ["permitted"] = Capabilities() },
            ["rlimits"] = new JsonArray(new JsonObject { ["type"] = "RLIMIT_NOFILE", ["soft"] = 1024, ["hard"] = 1024 }),
            ["noNewPrivileges"] = true,
            ["oomScoreAdj"] = 0,
        };
    }

    private static JsonNode Mount(string destination, string type, string source, params string[] options) => new JsonObject
    {
        ["destination"] = destination,
        ["type"] = type,
        ["source"] = source,
        ["options"] = new JsonArray([.. options.Select(static o => (JsonNode)o)]),
    };
}
