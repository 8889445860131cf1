using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Skerry.Oci.Tests.Trust.ContentTrust;

/// <summary>Signs content trust metadata as notary does, with as many keys as wanted, or as an attacker would.</summary>
internal sealed class TestRepository
{
    public const string Name = "registry.example.test/app";
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A key, as metadata names it.</summary>
    internal sealed class Key
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        /// <param name="name">The name in the key's certificate; null for a bare key.</param>
        public Key(string? name = null)
        {
            var text = Convert.ToBase64String(name is null ? _key.ExportSubjectPublicKeyInfo() : Encoding.ASCII.GetBytes(Certificate(name)));
            Json = $$$"""{"keytype":"{{{(name is null ? "ecdsa" : "ecdsa-x509")}}}","keyval":{"private":null,"public":"{{{text}}}"}}""";
            Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Json)));
        }

        public string Id { get; }

        public string Json { get; }

        public string Sign(string canonical) => Signature(Convert.ToBase64String(_key.SignData(Encoding.UTF8.GetBytes(canonical), HashAlgorithmName.SHA256)), "ecdsa");

        private string Certificate(string name)
        {
            using var certificate = new CertificateRequest("CN=" + name, _key, HashAlgorithmName.SHA256).CreateSelfSigned(Now.AddYears(-1), Now.AddYears(9));
            return certificate.ExportCertificatePem();
        }

        public string Signature(string text, string method) => $$"""{"keyid":"{{Id}}","method":"{{method}}","sig":"{{text}}"}""";
    }

    public List<Key> Root { get; init; } = [new(Name)];

    public List<Key> Targets { get; init; } = [new()];

    public Key Snapshot { get; init; } = new();

    public Key Timestamp { get; init; } = new();

    public int RootThreshold { get; init; } = 1;

    public int TargetsThreshold { get; init; } = 1;

    public int Version { get; init; } = 1;

    public int RootVersion { get; init; } = 1;

    public DateTimeOffset Expires { get; init; } = Now.AddDays(10);

    public string TargetsText { get; init; } = Target("v1");

    public IReadOnlyList<Key>? RootSigners { get; init; }

    public IReadOnlyList<Key>? TargetsSigners { get; init; }

    /// <summary>A delegation to <c>targets/releases</c> for these paths, with its own target.</summary>
    public (Key Key, string Paths, string Targets)? Releases { get; init; }

    public static string Target(string tag, Digest? digest = null, long? size = null) =>
        $$"""{{Text(tag)}}:{"hashes":{"sha256":"{{Convert.ToBase64String(Convert.FromHexString((digest ?? Artefacts.Image.Digest).Hex))}}"},"length":{{size ?? Artefacts.Image.Content.Length}}}""";

    public byte[] RootJson()
    {
        var keys = string.Join(',', Root.Concat(Targets).Append(Snapshot).Append(Timestamp).OrderBy(static k => k.Id, StringComparer.Ordinal).Select(static k => $"\"{k.Id}\":{k.Json}"));
        var roles = $"\"root\":{Role(Root, RootThreshold)},\"snapshot\":{Role([Snapshot], 1)},\"targets\":{Role(Targets, TargetsThreshold)},\"timestamp\":{Role([Timestamp], 1)}";
        return Signed($$"""{"_type":"Root","consistent_snapshot":false,"expires":"{{Time(Now.AddYears(1))}}","keys":{{{keys}}},"roles":{{{roles}}},"version":{{RootVersion}}}""", RootSigners ?? Root);
    }

    public byte[] TargetsJson()
    {
        var delegations = Releases is { } r ? $$"""{"keys":{"{{r.Key.Id}}":{{r.Key.Json}}},"roles":[{"keyids":["{{r.Key.Id}}"],"name":"targets/releases","paths":[{{r.Paths}}],"threshold":1}]}""" : """{"keys":{},"roles":[]}""";
        return Signed($$"""{"_type":"Targets","delegations":{{delegations}},"expires":"{{Time(Expires)}}","targets":{{{TargetsText}}},"version":{{Version}}}""", TargetsSigners ?? Targets);
    }

    public byte[] ReleasesJson() => Signed($$"""{"_type":"Targets","delegations":{"keys":{},"roles":[]},"expires":"{{Time(Expires)}}","targets":{{{Releases!.Value.Targets}}},"version":{{Version}}}""", [Releases.Value.Key]);

    public MemorySource Publish()
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["root"] = RootJson(), ["targets"] = TargetsJson() };
        if (Releases is not null)
        {
            files["targets/releases"] = ReleasesJson();
        }

        var meta = string.Join(',', files.OrderBy(static f => f.Key, StringComparer.Ordinal).Select(static f => $"\"{f.Key}\":{Meta(f.Value)}"));
        files["snapshot"] = Signed($$"""{"_type":"Snapshot","expires":"{{Time(Expires)}}","meta":{{{meta}}},"version":{{Version}}}""", [Snapshot]);
        files["timestamp"] = Signed($$"""{"_type":"Timestamp","expires":"{{Time(Expires)}}","meta":{"snapshot":{{Meta(files["snapshot"])}}},"version":{{Version}}}""", [Timestamp]);
        return new MemorySource { Files = files };
    }

    public static byte[] Signed(string canonical, IEnumerable<Key> keys) => Encoding.UTF8.GetBytes($$"""{"signed":{{canonical}},"signatures":[{{string.Join(',', keys.Select(k => k.Sign(canonical)))}}]}""");

    private static string Role(List<Key> keys, int threshold) => $$"""{"keyids":[{{string.Join(',', keys.Select(static k => $"\"{k.Id}\""))}}],"threshold":{{threshold}}}""";

    private static string Meta(byte[] bytes) => $$"""{"hashes":{"sha256":"{{Convert.ToBase64String(SHA256.HashData(bytes))}}","sha512":"{{Convert.ToBase64String(SHA512.HashData(bytes))}}"},"length":{{bytes.Length}}}""";

    private static string Text(string value) => $"\"{value}\"";

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
