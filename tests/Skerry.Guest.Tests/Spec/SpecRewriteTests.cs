using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Skerry.Guest.Spec;
using Skerry.Guest.Tests.Machines;

namespace Skerry.Guest.Tests.Spec;

/// <summary>What becomes of a node's config.json in a machine.</summary>
public sealed class SpecRewriteTests
{
    private const string Root = "/run/c/x/root";
    private const string Cgroup = "/skerry/x";

    [Fact]
    public void Root_group_and_namespaces_are_the_machines()
    {
        var json = Rewrite(Documents.Config("/bin/true"));

        Assert.Equal(Root, (string?)json["root"]!["path"]);
        Assert.Equal(Cgroup, (string?)json["linux"]!["cgroupsPath"]);
        Assert.Equal(["pid", "mount", "ipc", "uts", "cgroup"], json["linux"]!["namespaces"]!.AsArray().Select(static n => (string)n!["type"]!));
        Assert.Null(json["linux"]!["uidMappings"]);
    }

    [Fact]
    public void What_restricts_the_container_stays()
    {
        var config = Documents.Config("/bin/true");
        config["linux"]!["seccomp"] = new JsonObject { ["defaultAction"] = "SCMP_ACT_ERRNO" };
        config["annotations"]!["run.oci.seccomp_bpf_data"] = "AA+/==";
        var json = Rewrite(config);

        foreach (var path in new[] { "process", "annotations" })
        {
            Assert.True(JsonNode.DeepEquals(config[path], json[path]), path);
        }

        foreach (var path in new[] { "maskedPaths", "readonlyPaths", "seccomp" })
        {
            Assert.True(JsonNode.DeepEquals(config["linux"]![path], json["linux"]![path]), path);
        }
    }

    [Fact]
    public void Rules_for_devices_stay_where_devices_could_be_made()
    {
        var config = Documents.Config("/bin/true");
        Assert.Null(Rewrite(config)["linux"]!["resources"]!["devices"]);

        config["process"]!["capabilities"]!["bounding"]!.AsArray().Add("CAP_MKNOD");
        Assert.NotNull(Rewrite(config)["linux"]!["resources"]!["devices"]);

        config["process"]!.AsObject().Remove("capabilities");
        Assert.NotNull(Rewrite(config)["linux"]!["resources"]!["devices"]);
    }

    [Fact]
    public void What_is_mounted_below_a_volume_comes_after_it()
    {
        var config = Documents.Config("/bin/true");
        config["mounts"]!.AsArray().Add(new JsonObject { ["destination"] = "/v/memory", ["type"] = "tmpfs", ["source"] = "tmpfs" });
        var places = Rewrite(config, new GuestBind("/v", "/run/v/volumes/a", ReadOnly: false), new GuestBind("/v/memory/b", "/run/v/volumes/b", ReadOnly: false))["mounts"]!.AsArray()
            .Select(static m => (string)m!["destination"]!).ToList();
        Assert.Equal(["/v", "/v/memory", "/v/memory/b"], places.Where(static p => p.StartsWith("/v", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_is_laid_over_the_root_takes_the_place_of_a_bind_of_the_host()
    {
        var config = Documents.Config("/bin/true");
        config["mounts"]!.AsArray().Add(Bind("/etc/hosts", "/run/skerry/hosts"));
        var mounts = Rewrite(config, new GuestBind("/etc/hosts", "/run/c/x/f0", ReadOnly: true))["mounts"]!.AsArray();

        var hosts = Assert.Single(mounts, static m => (string?)m!["destination"] == "/etc/hosts")!;
        Assert.Equal("/run/c/x/f0", (string?)hosts["source"]);
        Assert.Contains("ro", hosts["options"]!.AsArray().Select(static o => (string)o!));
        Assert.Equal("sysfs", (string?)Assert.Single(mounts, static m => (string?)m!["destination"] == "/sys")!["type"]);
    }

    [Fact]
    public void Sysctls_of_the_network_are_the_machines_and_others_the_containers()
    {
        var config = Documents.Config("/bin/true");
        config["linux"]!["sysctl"] = new JsonObject { ["net.ipv4.ip_forward"] = "1", ["kernel.shm_rmid_forced"] = "1" };
        var (document, network) = SpecRewrite.Rewrite(Encoding.UTF8.GetBytes(config.ToJsonString()), Root, Cgroup, []);

        Assert.Equal(("net.ipv4.ip_forward", "1"), Assert.Single(network));
        Assert.Equal("kernel.shm_rmid_forced", Assert.Single(JsonNode.Parse(document)!["linux"]!["sysctl"]!.AsObject()).Key);
    }

    [Fact]
    public void What_names_things_of_the_host_is_refused()
    {
        Refused(static c => c["mounts"]!.AsArray().Add(Bind("/data", "/srv/data")), "/srv/data");
        Refused(static c => c["hooks"] = new JsonObject(), "hooks");
        Refused(static c => c["linux"]!["devices"] = new JsonArray(new JsonObject { ["path"] = "/dev/sda" }), "devices");
        Refused(static c => c["mounts"] = "x", "config.json");
        Refused(static c => c["mounts"] = new JsonArray(new JsonObject()), "config.json");
        Refused(static c => c["linux"] = 7, "config.json");

        static void Refused(Action<JsonNode> edit, string why)
        {
            var config = Documents.Config("/bin/true");
            edit(config);
            Assert.Contains(why, Assert.Throws<GuestException>(() => Rewrite(config)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Bytes_of_chance_are_refused_or_rewritten()
    {
        var whole = Encoding.UTF8.GetBytes(Documents.Config("/bin/true").ToJsonString());
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length]).Sample((at, value, length) =>
        {
            var bytes = whole.ToArray();
            bytes[at] = value;
            try
            {
                SpecRewrite.Rewrite(bytes.AsMemory(0, length), Root, Cgroup, []);
                ExecSpec.Write(bytes.AsMemory(0, length), "", "/");
            }
            catch (GuestException)
            {
                // Refused.
            }
        });
    }

    private static JsonNode Bind(string destination, string source) =>
        new JsonObject { ["destination"] = destination, ["type"] = "bind", ["source"] = source, ["options"] = new JsonArray("bind", "ro") };

    private static JsonNode Rewrite(JsonNode config, params GuestBind[] binds) =>
        JsonNode.Parse(SpecRewrite.Rewrite(Encoding.UTF8.GetBytes(config.ToJsonString()), Root, Cgroup, binds).Document)!;
}
