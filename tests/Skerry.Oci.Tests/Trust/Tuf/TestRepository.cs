using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Skerry.Oci.Tests.Trust.Tuf;

/// <summary>Makes a repository of The Update Framework, as its owner would or as an attacker.</summary>
internal sealed class TestRepository
{
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    public TestSigner Root { get; set; } = new();

    public TestSigner Online { get; set; } = new();

    public int RootVersion { get; set; } = 1;

    public int Version { get; set; } = 1;

    public DateTimeOffset Expires { get; set; } = Now.AddDays(7);

    public int SnapshotThreshold { get; set; } = 1;

    /// <summary>Roles below <c>targets</c>: name, paths, whether nobody behind it is asked, what it signs for.</summary>
    public List<(string Name, string[] Paths, bool IsTerminating, string[] Signs)> Delegations { get; } = [];

    public List<string> Signs { get; } = ["a.txt"];

    public MemoryRepository Files { get; } = new();

    /// <summary>The content of a target.</summary>
    public static byte[] Content(string path) => Encoding.UTF8.GetBytes("content of " + path);

    /// <summary>Writes a root, signed by these.</summary>
    public byte[] PublishRoot(params IEnumerable<TestSigner> signers)
    {
        JsonObject Role(TestSigner key, int threshold = 1) => new() { ["keyids"] = new JsonArray(key.Id), ["threshold"] = threshold };
        var keys = new JsonObject { [Root.Id] = Root.Json };
        keys[Online.Id] = Online.Json;
        var file = TestSigner.File(
            new JsonObject
            {
                ["_type"] = "root", ["spec_version"] = "1.0.31", ["version"] = RootVersion, ["expires"] = Time(Now.AddDays(100)), ["consistent_snapshot"] = true, ["keys"] = keys,
                ["roles"] = new JsonObject { ["root"] = Role(Root), ["timestamp"] = Role(Online), ["snapshot"] = Role(Online, SnapshotThreshold), ["targets"] = Role(Online) },
            },
            signers.DefaultIfEmpty(Root));
        Files.Metadata[$"{RootVersion}.root.json"] = file;
        return file;
    }

    /// <summary>Writes targets, snapshot and timestamp of <see cref="Version"/>.</summary>
    public void Publish()
    {
        var meta = new JsonObject();
        foreach (var (name, _, _, signs) in Delegations)
        {
            Add(meta, name, Targets(signs, null));
        }

        Add(meta, "targets", Targets(Signs, Delegations.Count == 0 ? null : new JsonObject
        {
            ["keys"] = new JsonObject { [Online.Id] = Online.Json },
            ["roles"] = new JsonArray([.. Delegations.Select(d => new JsonObject
            {
                ["name"] = d.Name, ["keyids"] = new JsonArray(Online.Id), ["threshold"] = 1, ["terminating"] = d.IsTerminating, ["paths"] = new JsonArray([.. d.Paths.Select(static p => (JsonNode)p)]),
            })]),
        }));
        var snapshots = new JsonObject();
        Add(snapshots, "snapshot", Head("snapshot", meta));
        Files.Metadata["timestamp.json"] = TestSigner.File(Head("timestamp", snapshots), Online);
    }

    private JsonObject Targets(IEnumerable<string> signs, JsonObject? delegations)
    {
        var targets = new JsonObject();
        foreach (var path in signs)
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(Content(path)));
            targets[path] = new JsonObject { ["length"] = Content(path).Length, ["hashes"] = new JsonObject { ["sha256"] = hash } };
            var slash = path.LastIndexOf('/') + 1;
            Files.Targets[$"{path[..slash]}{hash}.{path[slash..]}"] = Content(path);
        }

        var signed = Head("targets", null);
        signed["targets"] = targets;
        if (delegations is not null)
        {
            signed["delegations"] = delegations;
        }

        return signed;
    }

    private JsonObject Head(string type, JsonObject? meta)
    {
        var head = new JsonObject { ["_type"] = type, ["spec_version"] = "1.0.31", ["version"] = Version, ["expires"] = Time(Expires) };
        if (meta is not null)
        {
            head["meta"] = meta;
        }

        return head;
    }

    private void Add(JsonObject meta, string role, JsonObject signed)
    {
        var file = TestSigner.File(signed, Online);
        Files.Metadata[$"{Version}.{Uri.EscapeDataString(role)}.json"] = file;
        meta[role + ".json"] = new JsonObject { ["version"] = Version, ["length"] = file.Length, ["hashes"] = new JsonObject { ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(file)) } };
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
}
