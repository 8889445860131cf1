using Skerry.Oci;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.ContentTrust;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Policies;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Node.Policy.Trust;

/// <summary>Reads one [[signer]] of a trust policy.</summary>
internal sealed class TrustSignerTable(TomlTableView view, TrustFiles files)
{
    private const int MostKeys = 32;
    private const int MostLogs = 8;

    internal TrustSigner Read()
    {
        var name = view.Text("name");
        return view.OneOf("type", "cosign", "notation", "content-trust") switch
        {
            "cosign" => Cosign(name),
            "notation" => new NotationTables(view, files).Read(name),
            _ => ContentTrust(name),
        };
    }

    private CosignSigner Cosign(string name)
    {
        view.Only(["name", "type", "keys", "identity", "identity_expression", "issuer", "issuer_expression", "root", "authority", "logs", "certificate_logs", "accept_present_time", "annotations", "repository"]);
        var keys = view.Has("keys") ? Keys() : [];
        var isByIdentity = view.Has("identity") || view.Has("identity_expression");
        if (keys.Count > 0 == isByIdentity)
        {
            throw view.Wrong("name", "a signer of cosign has keys = [\"FILE.pub\"], or identity and issuer; one of both");
        }

        if (view.Has("root") && view.Has("authority"))
        {
            throw view.Wrong("authority", "goes without root: a trusted root names authorities itself");
        }

        var ownAuthority = view.Has("authority");
        var root = view.Has("root") ? Value("root", () => TrustedRoot.Parse(files.Bytes(view.Text("root")))) : TrustedRoot.Empty;
        if (ownAuthority)
        {
            root = new TrustedRoot { CertificateAuthorities = [Value("authority", () => CertificateAuthority.Of(Certificate.FromPem(files.Text(view.Text("authority")))))] };
        }

        if (isByIdentity && root.CertificateAuthorities.Count == 0)
        {
            throw view.Wrong("root", "is missing: an identity is vouched for by an authority: root = \"trusted_root.json\" for Sigstore, authority = \"chain.pem\" for one of your own");
        }

        var logs = view.Has("logs") ? (int)view.Number("logs", 0, MostLogs) : isByIdentity && !ownAuthority ? 1 : 0;
        if (logs > 0 && root.Logs.Count == 0)
        {
            throw view.Wrong("logs", "needs a root that names logs");
        }

        return new CosignSigner(name, view.PlaceOf("name"), new SigstorePolicy
        {
            Keys = keys,
            Identities = isByIdentity ? [new CertificateIdentity(Pattern("issuer"), Pattern("identity"))] : [],
            Root = root,
            LogEntries = logs,
            CertificateTimestamps = view.Has("certificate_logs") ? (int)view.Number("certificate_logs", 0, MostLogs) : ownAuthority ? 0 : 1,
            AcceptPresentTime = view.Has("accept_present_time") ? view.Flag("accept_present_time") : ownAuthority,
            Annotations = view.Has("annotations") ? view.Pairs("annotations") : [],
        })
        {
            SameRepository = view.Has("repository") && view.OneOf("repository", "any", "same") == "same",
        };
    }

    private ContentTrustSigner ContentTrust(string name)
    {
        view.Only(["name", "type", "mirror", "server", "root_keys", "trust_on_first_use", "roles"]);
        if (view.Has("mirror") == view.Has("server"))
        {
            throw view.Wrong("name", "a signer of content trust has mirror = \"DIRECTORY\" or server = \"https://…\"; one of both");
        }

        var keys = view.Has("root_keys") ? view.Texts("root_keys") : [];
        var first = view.Has("trust_on_first_use") && view.Flag("trust_on_first_use");
        if (keys.Count == 0 && !first)
        {
            throw view.Wrong("root_keys", "is missing: the id of the root key, as 'notary key list' shows it; or trust_on_first_use = true, which trusts whoever answers first");
        }

        if (keys.FirstOrDefault(static k => k.Length != 64 || k.AsSpan().ContainsAnyExcept("0123456789abcdef")) is { } bad)
        {
            throw view.Wrong("root_keys", $"takes ids of 64 lower-case hex digits, not '{bad}'");
        }

        string location;
        if (view.Has("mirror"))
        {
            location = files.PathOf(view.Text("mirror"));
        }
        else
        {
            location = view.Text("server").TrimEnd('/');
            if (!Uri.TryCreate(location, UriKind.Absolute, out var uri) || uri.Query.Length > 0 || (uri.Scheme != Uri.UriSchemeHttps && !(uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)))
            {
                throw view.Wrong("server", "takes https://HOST[:PORT] (http on this machine alone)");
            }
        }

        var policy = new ContentTrustPolicy { RootKeys = keys, TrustOnFirstUse = first };
        return new ContentTrustSigner(name, view.PlaceOf("name"), location, view.Has("roles") ? policy with { Roles = view.Texts("roles") } : policy);
    }

    private List<PublicKey> Keys()
    {
        var names = view.Texts("keys");
        if (names.Count is 0 or > MostKeys)
        {
            throw view.Wrong("keys", $"takes 1 to {MostKeys} files");
        }

        return [.. names.Select(n => Value("keys", () => PublicKey.FromPem(n.StartsWith("-----BEGIN", StringComparison.Ordinal) ? n : files.Text(n))))];
    }

    private NamePattern Pattern(string key)
    {
        var expression = key + "_expression";
        return view.Has(key) == view.Has(expression)
            ? throw view.Wrong(key, $"or {expression} is needed; one of both")
            : view.Has(key) ? NamePattern.Exact(view.Text(key)) : Value(expression, () => NamePattern.Expression(view.Text(expression)));
    }

    private T Value<T>(string key, Func<T> read) => TrustPolicyFile.Try(view, key, read);
}
