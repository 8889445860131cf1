using System.Globalization;
using Skerry.Node.Configuration;
using Skerry.Oci;
using Skerry.Oci.Trust.Policies;
using Skerry.Oci.Trust.Sigstore;
using Tomlyn.Syntax;

namespace Skerry.Node.Policy.Trust;

/// <summary>Reads one trust policy from TOML (docs/trust.md). Every key is known here; what is wrong is told with file, line and key.</summary>
internal sealed class TrustPolicyFile
{
    private const string SignerTable = "signer";
    private const string AttestationTable = "attestation";
    private const string PinsTable = "pins";
    private const int MostNames = 256;
    private static readonly string[] TopKeys = ["images", "require", "unverified", "max_age", "grace", "tags", "drift"];

    private readonly string _source;
    private readonly TrustFiles _files;
    private readonly List<TrustSigner> _signers = [];
    private readonly List<TomlTableView> _attestations = [];
    private readonly Dictionary<string, Digest> _pins = new(StringComparer.Ordinal);

    private TrustPolicyFile(string source, TrustFiles files) => (_source, _files) = (source, files);

    /// <summary>The policy of a text.</summary>
    /// <param name="text">The TOML.</param>
    /// <param name="source">The file: its name without ending is the policy's.</param>
    /// <param name="files">Reads the keys and certificates that it names.</param>
    /// <exception cref="ConfigurationException">It is wrong.</exception>
    internal static TrustPolicy Parse(string text, string source, TrustFiles files) => new TrustPolicyFile(source, files).Read(text);

    /// <summary>Whether a name can be a policy's, and so a file's.</summary>
    internal static bool IsName(string name) =>
        name.Length is > 0 and <= 63 && char.IsAsciiLetterOrDigit(name[0]) && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');

    private TrustPolicy Read(string text)
    {
        var document = TomlText.Parse(text, _source);
        var name = Path.GetFileNameWithoutExtension(_source);
        if (!IsName(name) || name == TrustPolicySet.None)
        {
            throw new ConfigurationException($"{_source}: the file's name is the policy's: a to z, 0 to 9, - and _, and not '{TrustPolicySet.None}'");
        }

        var top = new TomlTableView(_source, "a trust policy", 1, document.KeyValues);
        top.Only(TopKeys);
        foreach (var table in document.Tables)
        {
            Take(table);
        }

        var required = Required(top);
        return new TrustPolicy
        {
            Name = name,
            Place = top.PlaceOf(top.Has("images") ? "images" : "require"),
            Images = top.Has("images") ? Patterns(top) : [],
            Signers = _signers,
            Required = required,
            Attestations = _attestations.ConvertAll(Attestation),
            MaxAge = top.Has("max_age") ? top.Duration("max_age") : null,
            Grace = top.Has("grace") ? top.Duration("grace") : TimeSpan.Zero,
            Unverified = top.Has("unverified") && top.OneOf("unverified", "deny", "warn") == "warn" ? UnverifiedAction.Warn : UnverifiedAction.Deny,
            Drift = !top.Has("drift") ? DriftRule.Allow : top.OneOf("drift", "allow", "alert", "deny") switch
            {
                "deny" => DriftRule.Deny,
                "alert" => DriftRule.Alert,
                _ => DriftRule.Allow,
            },
            Tags = !top.Has("tags") ? TagRule.Any : top.OneOf("tags", "any", "pinned", "refused") switch
            {
                "pinned" => TagRule.Pinned,
                "refused" => TagRule.Refused,
                _ => TagRule.Any,
            },
            Pins = _pins,
        };
    }

    private static List<ImagePattern> Patterns(TomlTableView top)
    {
        var texts = top.Texts("images");
        if (texts.Count is 0 or > MostNames)
        {
            throw top.Wrong("images", $"takes 1 to {MostNames} patterns; leave it out for a policy that is used by its name alone");
        }

        return [.. texts.Select(t => Try(top, "images", () => ImagePattern.Parse(t)))];
    }

    private int Required(TomlTableView top)
    {
        if (top.TextOrNull("require") is "nothing")
        {
            return _signers.Count == 0 ? 0 : throw top.Wrong("require", "\"nothing\" goes with no [[signer]]: nobody would be asked");
        }

        if (_signers.Count == 0)
        {
            throw top.Wrong("require", "names nobody: add a [[signer]]; or, to let these images run unverified, say require = \"nothing\"");
        }

        return top.TextOrNull("require") switch
        {
            null when !top.Has("require") => 1,
            null => (int)top.Number("require", 1, _signers.Count),
            "any" => 1,
            "all" => _signers.Count,
            _ => throw top.Wrong("require", "takes \"any\", \"all\", a number of signers, or \"nothing\""),
        };
    }

    private void Take(TableSyntaxBase table)
    {
        var line = table.Span.Start.Line + 1;
        var name = table.Name?.ToString().Trim() ?? string.Empty;
        var isList = table is TableArraySyntax;
        switch (name)
        {
            case SignerTable when isList:
                var signer = new TrustSignerTable(new TomlTableView(_source, "[[signer]]", line, table.Items), _files).Read();
                if (_signers.Exists(s => s.Name == signer.Name))
                {
                    throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"{_source}: line {line}: the signer '{signer.Name}' is there twice"));
                }

                CheckKeys(signer, line);
                _signers.Add(signer);
                break;
            case AttestationTable when isList:
                _attestations.Add(new TomlTableView(_source, "[[attestation]]", line, table.Items));
                break;
            case PinsTable when !isList:
                Pins(new TomlTableView(_source, "[pins]", line, table.Items));
                break;
            default:
                throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"{_source}: line {line}: '{name}' is no table of a trust policy; there are [[signer]], [[attestation]] and [pins]"));
        }
    }

    /// <summary>One key under two names would count twice where several must have signed.</summary>
    private void CheckKeys(TrustSigner signer, int line)
    {
        if (signer is not CosignSigner { Policy.Keys: var keys })
        {
            return;
        }

        foreach (var other in _signers.OfType<CosignSigner>())
        {
            if (other.Policy.Keys.Intersect(keys).Any())
            {
                throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"{_source}: line {line}: the signers '{other.Name}' and '{signer.Name}' have a key in common, which would count twice"));
            }
        }
    }

    private AttestationDemand Attestation(TomlTableView view)
    {
        view.Only(["type", "signers", "builder"]);
        var named = view.Has("signers") ? view.Texts("signers") : [];
        foreach (var name in named)
        {
            if (_signers.Find(s => s.Name == name) is not CosignSigner)
            {
                throw view.Wrong("signers", $"names '{name}', and there is no [[signer]] of cosign that is called so");
            }
        }

        var signers = _signers.OfType<CosignSigner>().Where(s => named.Count == 0 || named.Contains(s.Name, StringComparer.Ordinal)).ToList();
        var type = view.Text("type");
        return signers.Count == 0 ? throw view.Wrong("signers", "nobody could sign it: attestations are signed with cosign, and there is no such [[signer]]")
            : type is SigstorePolicy.SignaturePredicate or SigstorePolicy.AnyPredicate ? throw view.Wrong("type", "takes the URI of one predicate, and not that of a signature")
            : new AttestationDemand(type, signers, view.PlaceOf("type")) { Builder = view.Has("builder") ? view.Text("builder") : null };
    }

    private void Pins(TomlTableView view)
    {
        foreach (var key in view.Keys)
        {
            var tag = key.Trim('"', '\'');
            if (!ImageReference.TryParse(tag, out var reference) || reference.ToString() != tag || reference.Tag is null || reference.Digest is not null)
            {
                throw view.Wrong(key, "is not REGISTRY/NAME:TAG in quotes, with the registry's whole name");
            }

            _pins[tag] = Try(view, key, () => Digest.Parse(view.Text(key)));
        }
    }

    internal static T Try<T>(TomlTableView view, string key, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (OciFormatException error)
        {
            throw view.Wrong(key, $"cannot be used: {error.Message}");
        }
    }
}
