using System.Buffers;
using System.Text.Json;
using Skerry.Oci;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Notation;
using Skerry.Oci.Trust.Policies;
using Skerry.Oci.Trust.Revocation;

namespace Skerry.Node.Policy.Trust;

/// <summary>
/// Reads a [[signer]] of Notation: either its authorities and identities are named here, or a trust policy and trust stores as notation
/// itself keeps them.
/// </summary>
internal sealed class NotationTables(TomlTableView view, TrustFiles files)
{
    private const string OwnStore = "policy";
    private static readonly string[] CertificateEndings = [".pem", ".crt", ".cer", ".der"];

    internal NotationSigner Read(string name)
    {
        view.Only(["name", "type", "authorities", "identities", "level", "timestamp_authorities", "verify_timestamp", "revocation", "trust_policy", "trust_store", "metadata"]);
        var isOwn = view.Has("authorities");
        if (isOwn == view.Has("trust_policy") || view.Has("trust_policy") != view.Has("trust_store"))
        {
            throw view.Wrong("name", "a signer of notation has authorities = [\"CA.pem\"], or trust_policy = \"trustpolicy.json\" and trust_store = \"DIRECTORY\"; one of both");
        }

        List<TrustStore> stores = isOwn ? Own() : Stores(view.Text("trust_store"));
        if (!isOwn && (view.Has("identities") || view.Has("level") || view.Has("timestamp_authorities") || view.Has("verify_timestamp")))
        {
            throw view.Wrong("trust_policy", "says identities, level and time stamps itself; leave them out here");
        }

        var policy = isOwn
            ? TrustPolicyFile.Try(view, "identities", () => NotationTrustPolicy.Parse(Document(name, stores)))
            : TrustPolicyFile.Try(view, "trust_policy", () => NotationTrustPolicy.Parse(files.Bytes(view.Text("trust_policy"))));
        return new NotationSigner(name, view.PlaceOf("name"), new NotationTrust(policy, stores) { Revocation = Revocation() }) { Metadata = Metadata() };
    }

    private List<TrustStore> Own()
    {
        List<TrustStore> stores = [new(TrustStoreKind.Authority, OwnStore, Certificates("authorities"))];
        if (view.Has("timestamp_authorities"))
        {
            stores.Add(new TrustStore(TrustStoreKind.Timestamping, OwnStore, Certificates("timestamp_authorities")));
        }

        return stores;
    }

    private List<Certificate> Certificates(string key)
    {
        var names = view.Texts(key);
        return names.Count == 0
            ? throw view.Wrong(key, "takes one file of certificates or more")
            : [.. names.SelectMany(n => TrustPolicyFile.Try(view, key, () => ReadCertificates(n)))];
    }

    private IReadOnlyList<Certificate> ReadCertificates(string name)
    {
        var bytes = files.Bytes(name);
        return bytes.AsSpan().IndexOf("-----BEGIN"u8) >= 0 ? Certificate.FromPem(System.Text.Encoding.ASCII.GetString(bytes)) : [Certificate.FromDer(bytes)];
    }

    /// <summary>x509/{ca,signingAuthority,tsa}/NAME/*, as notation lays its trust store out.</summary>
    private List<TrustStore> Stores(string directory)
    {
        var stores = new List<TrustStore>();
        foreach (var (kind, folder) in ((TrustStoreKind, string)[])[(TrustStoreKind.Authority, "ca"), (TrustStoreKind.SigningAuthority, "signingAuthority"), (TrustStoreKind.Timestamping, "tsa")])
        {
            foreach (var store in files.Directories(Path.Combine(directory, "x509", folder)))
            {
                var certificates = files.List(store, CertificateEndings).SelectMany(f => TrustPolicyFile.Try(view, "trust_store", () => ReadCertificates(f))).ToList();
                stores.Add(new TrustStore(kind, Path.GetFileName(store), certificates));
            }
        }

        return stores.Count > 0 ? stores : throw view.Wrong("trust_store", $"holds no store: there is no {files.PathOf(Path.Combine(directory, "x509", "ca"))}/NAME");
    }

    private ReadOnlyMemory<byte> Document(string name, List<TrustStore> stores)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteStartArray("trustPolicies");
            json.WriteStartObject();
            json.WriteString("name", name);
            Texts(json, "registryScopes", ["*"]);
            json.WriteStartObject("signatureVerification");
            json.WriteString("level", view.Has("level") ? view.OneOf("level", "strict", "permissive") : "strict");
            if (view.Has("verify_timestamp"))
            {
                json.WriteString("verifyTimestamp", view.OneOf("verify_timestamp", "always", "afterCertExpiry"));
            }

            json.WriteEndObject();
            Texts(json, "trustStores", stores.Select(static s => s.Key));
            Texts(json, "trustedIdentities", view.Has("identities") ? view.Texts("identities") : throw view.Wrong("identities", "is missing: [\"x509.subject: C=…, ST=…, O=…\"], or [\"*\"] for whomever the authorities certify"));
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;

        static void Texts(Utf8JsonWriter json, string key, IEnumerable<string> texts)
        {
            json.WriteStartArray(key);
            foreach (var text in texts)
            {
                json.WriteStringValue(text);
            }

            json.WriteEndArray();
        }
    }

    /// <summary>*.crl and *.ocsp of a directory, in DER.</summary>
    private RevocationEvidence Revocation()
    {
        if (!view.Has("revocation"))
        {
            return RevocationEvidence.None;
        }

        var directory = view.Text("revocation");
        return new RevocationEvidence
        {
            Lists = [.. files.List(directory, ".crl").Select(f => (ReadOnlyMemory<byte>)files.Bytes(f))],
            Answers = [.. files.List(directory, ".ocsp").Select(f => (ReadOnlyMemory<byte>)files.Bytes(f))],
        };
    }

    private Dictionary<string, string> Metadata() => view.Has("metadata") ? view.Pairs("metadata") : [];
}
