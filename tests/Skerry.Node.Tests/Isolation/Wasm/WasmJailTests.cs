using System.Text.Json.Nodes;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.WebAssembly;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Isolation.Wasm;
using Skerry.Node.Tests.Isolation.Spec;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Tests.Isolation.Wasm;

public sealed class WasmJailTests
{
    private static readonly ImageProcess Image = new() { Entrypoint = ["/a.wasm"], Cmd = ["b"], Env = ["LD_PRELOAD=/v/1/x.so", "DOTNET_x=1"] };

    [Fact]
    [Trait("Promise", "P-60")]
    public void What_image_and_pod_say_reaches_the_carrier_as_arguments_only()
    {
        var json = Written(Plan(s =>
        {
            s.Env.Add("LD_LIBRARY_PATH=/v/1");
            s.WorkingDir = "/work";
        }));
        var process = json["process"]!;
        Assert.All(Strings(process["env"]), static e => Assert.Contains(e[..e.IndexOf('=', StringComparison.Ordinal)], (string[])["PATH", "HOME", "HOSTNAME"]));
        Assert.Equal("/", (string)process["cwd"]!);
        var arguments = Strings(process["args"]);
        Assert.Equal(["/bin/skerry-wasm", "run", "--env"], arguments[..3]);
        Assert.Contains("LD_PRELOAD=/v/1/x.so", arguments);
        Assert.Contains("LD_LIBRARY_PATH=/v/1", arguments);
        Assert.Equal(["/module", "--", "/a.wasm", "b"], arguments[^4..]);
        Assert.Empty(process["capabilities"]!["bounding"]!.AsArray());
        Assert.True((bool)json["root"]!["readonly"]!);
    }

    [Fact]
    public void Volumes_are_shown_where_they_stand_in_for_nothing_of_the_jails()
    {
        var inner = Inner(static _ => { }) with
        {
            Mounts =
            [
                new() { Source = "/srv/a", Destination = "/lib", IsDirectory = true },
                new() { Source = "/srv/b", Destination = "/bin", IsDirectory = true, ReadOnly = true },
                new() { Destination = "/tmp", SizeBytes = 4096 },
                MountPlan.NodeFile("/run/pod/hosts", "/etc/hosts"),
            ],
        };
        var plan = WasmJail.Plan(inner, "/r", "/bin/skerry-wasm", "/code", WasmBinary.Module, "/run/pod", null, false);
        Assert.Equal(["/module", "/v/1", "/v/2", "/v/3", "/etc/hosts"], plan.Mounts.Select(static m => m.Destination));
        Assert.True(plan.Mounts[0].ReadOnly);
        var arguments = plan.Spec.Entrypoint.ToList();
        Assert.Equal(["--dir", "/v/1=/lib", "--dir-ro", "/v/2=/bin", "--dir", "/v/3=/tmp"], arguments.SkipWhile(static a => !a.StartsWith("--dir", StringComparison.Ordinal)).Take(6));
    }

    [Fact]
    public void A_file_is_refused_because_a_module_is_given_directories()
    {
        var inner = Inner(static _ => { }) with { Mounts = [new() { Source = "/srv/file", Destination = "/etc/x" }] };
        Assert.Contains("directories only", Assert.Throws<SpecRefusedException>(() => WasmJail.Plan(inner, "/r", "/p", "/code", WasmBinary.Module, "/run/pod", null, false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_are_the_modules_and_the_carrier_has_room_beside_it()
    {
        var plan = Plan(static s => s.Resources = new() { MemoryBytes = 64 << 20, Pids = 1 }, fuel: 5, kind: WasmBinary.Component, sockets: true);
        var arguments = plan.Spec.Entrypoint.ToList();
        Assert.Equal("67108864", arguments[arguments.IndexOf("--memory") + 1]);
        Assert.Equal("5", arguments[arguments.IndexOf("--fuel") + 1]);
        Assert.Contains("--component", arguments);
        Assert.Contains("--sockets", arguments);
        Assert.Equal((64 << 20) + WasmJail.OwnMemory, plan.Spec.Resources.MemoryBytes);
        Assert.Equal(1 + WasmJail.OwnThreads, plan.Spec.Resources.Pids);
        Assert.DoesNotContain("--sockets", Plan(static _ => { }).Spec.Entrypoint);
    }

    private static ContainerPlan Inner(Action<ContainerSpec> change)
    {
        return Plans.Ordinary(
            s =>
            {
                s.Args.Clear();
                s.Entrypoint.Clear();
                change(s);
            },
            Image);
    }

    private static ContainerPlan Plan(Action<ContainerSpec> change, ulong? fuel = null, WasmBinary kind = WasmBinary.Module, bool sockets = false) =>
        WasmJail.Plan(Inner(change), "/r", "/bin/skerry-wasm", "/code", kind, "/run/pod", fuel, sockets);

    private static JsonNode Written(ContainerPlan plan) => JsonNode.Parse(OciSpec.Write(plan))!;

    private static string[] Strings(JsonNode? array) => [.. array!.AsArray().Select(static n => (string)n!)];
}
