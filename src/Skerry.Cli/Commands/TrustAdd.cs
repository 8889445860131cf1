using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Keys;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry trust add</c>: a policy from options for the common cases, or from a file for all others.</summary>
internal static class TrustAdd
{
    private const int MostBytes = 4 << 20;

    internal static Command Table() => new("add", "let images of some names run, when somebody signed them")
    {
        Operands = "NAME",
        MinOperands = 1,
        MaxOperands = 1,
        Options =
        [
            Option.Many("image", "PATTERN", "for these names: REGISTRY/NAME, REGISTRY/NAME/*, REGISTRY/* or *"),
            Option.Many("key", "KEY", "signed with cosign by the key of this public key file, or by this one of a token or TPM (pkcs11:…, tpm2:…)", completes: Completes.File),
            Option.One("identity", "NAME", "signed with cosign by who is called so: an e-mail address or URI"),
            Option.One("issuer", "URL", "whom the issuer of --identity is"),
            Option.One("root", "FILE", "the trusted root (trusted_root.json) that vouches for --identity; or roots/NAME.json, of `skerry trust fetch NAME`", completes: Completes.File),
            Option.One("authority", "FILE", "your own authority (PEM) that vouches for --identity", completes: Completes.File),
            Option.Many("notation", "FILE", "signed with notation by whom this authority (PEM) certifies", completes: Completes.File),
            Option.Many("subject", "SUBJECT", "for --notation: C=…, ST=…, O=… … (default: whomever it certifies)"),
            Option.Flag("all", "all of them must have signed (default: any)"),
            Option.Flag("unsigned", "let these names run unverified"),
            Option.One("grace", "TIME", "start what was verified here so long after its signature expired: 7d, 12h"),
            Option.One("drift", "RULE", "programs that are not of the image: allow (default), alert, or deny: refused before they run"),
            Option.One("file", "FILE", "the whole policy as TOML, which says more than these options", 'f', completes: Completes.File),
            Option.Flag("replace", "also when there is one of this name"),
            Option.Flag("dry-run", "print the policy, and write nothing"),
        ],
        Notes = "Without --image the policy is used by its name alone: skerry run --trust NAME. The format is in docs/trust.md.",
        Examples =
        [
            ("skerry trust add shop --image 'registry.example/shop/*' --key cosign.pub", "what the holder of that key signed"),
            ("skerry trust add fleet --image 'registry.example/fleet/*' --key tpm2:0x81000001", "what this machine's TPM signed; its public half is kept with the policy"),
            ("skerry trust add base --image docker.io/library/debian --unsigned", "one name, whatever it is"),
            ("skerry trust add ops --image 'registry.example/*' --notation ca.pem --subject C=SE,ST=Stockholm,O=Example", "by an authority of your own"),
            ("skerry trust add shop --replace -f shop.toml", "thresholds, attestations, pins, content trust"),
        ],
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        CheckTogether(invocation);
        var request = new AddTrustRequest { Name = invocation.Operands[0], Replace = invocation.Flag("replace") };
        if (invocation.Text("file") is { } file)
        {
            request.Toml = Encoding.UTF8.GetString(Read(file));
        }
        else
        {
            Compose(invocation, request);
        }

        if (invocation.Flag("dry-run"))
        {
            invocation.Out.Write(request.Toml);
            return ExitCodes.Ok;
        }

        var added = invocation.Node.Call(NodeMethods.AddTrust, request).Policy;
        invocation.Out.Line(Rendering.Humanise.Safe($"{added.Name}: {(added.Images.Count == 0 ? "for who asks for it by name" : string.Join(" ", added.Images))}: {(added.Wants == "nothing" ? "run unverified" : "must be signed by " + added.Wants)}"));
        return ExitCodes.Ok;
    }

    /// <summary>What would be passed over is refused: a policy must not be weaker than its author thinks.</summary>
    private static void CheckTogether(Invocation invocation)
    {
        string[] composed = ["image", "key", "identity", "issuer", "root", "authority", "notation", "subject", "all", "unsigned", "grace", "drift"];
        if (invocation.Has("file") && Array.Find(composed, invocation.Has) is { } beside)
        {
            throw CliFailure.Usage($"--{beside} and --file exclude each other: the file is the whole policy", "say it in the file");
        }

        string[] ofIdentity = ["issuer", "root", "authority"];
        if (!invocation.Has("identity") && Array.Find(ofIdentity, invocation.Has) is { } alone)
        {
            throw CliFailure.Usage($"--{alone} goes with --identity", "see `skerry trust add --help`");
        }

        if (invocation.Has("subject") && !invocation.Has("notation"))
        {
            throw CliFailure.Usage("--subject goes with --notation", "see `skerry trust add --help`");
        }
    }

    private static void Compose(Invocation invocation, AddTrustRequest request)
    {
        var (keys, notation) = (invocation.List("key"), invocation.List("notation"));
        var byIdentity = invocation.Text("identity") is not null;
        var signers = keys.Count + (byIdentity ? 1 : 0) + (notation.Count > 0 ? 1 : 0);
        if (invocation.Flag("unsigned") == signers > 0)
        {
            throw CliFailure.Usage("a policy says who must sign: --key, --identity, --notation; or --unsigned", "see `skerry trust add --help`, or give the policy as a file: -f");
        }

        var toml = new StringBuilder();
        if (invocation.List("image") is { Count: > 0 } images)
        {
            toml.Append("images = [").AppendJoin(", ", images.Select(Quoted)).Append("]\n");
        }

        toml.Append("require = ").Append(signers == 0 ? "\"nothing\"" : invocation.Flag("all") ? "\"all\"" : "\"any\"").Append('\n');
        if (invocation.Text("grace") is { } grace)
        {
            toml.Append("grace = ").Append(Quoted(grace)).Append('\n');
        }

        if (invocation.Text("drift") is { } drift)
        {
            toml.Append("drift = ").Append(Quoted(drift)).Append('\n');
        }

        for (var i = 0; i < keys.Count; i++)
        {
            Signer(toml, keys.Count == 1 ? "key" : $"key-{i + 1}", "cosign").Append("keys = [").Append(Quoted(AttachKey(invocation, request, keys[i]))).Append("]\n");
        }

        if (byIdentity)
        {
            Identity(invocation, request, toml);
        }

        if (notation.Count > 0)
        {
            Signer(toml, "notation", "notation").Append("authorities = [").AppendJoin(", ", notation.Select(f => Quoted(Attach(request, f, "pem")))).Append("]\nidentities = [")
                .AppendJoin(", ", invocation.List("subject") is { Count: > 0 } subjects ? subjects.Select(static s => Quoted("x509.subject: " + s)) : ["\"*\""]).Append("]\n");
        }

        request.Toml = toml.ToString();
    }

    private static void Identity(Invocation invocation, AddTrustRequest request, StringBuilder toml)
    {
        var (root, authority) = (invocation.Text("root"), invocation.Text("authority"));
        if (invocation.Text("issuer") is not { } issuer || (root is null) == (authority is null))
        {
            throw CliFailure.Usage("--identity needs --issuer, and --root or --authority", "see `skerry trust add --help`");
        }

        Signer(toml, "identity", "cosign").Append("identity = ").Append(Quoted(invocation.Text("identity")!)).Append("\nissuer = ").Append(Quoted(issuer)).Append('\n')
            .Append(root is null ? "authority = " : "root = ").Append(Quoted(root is null ? Attach(request, authority!, "pem") : IsFetched(root) ? root : Attach(request, root, "json"))).Append('\n');
    }

    /// <summary>One that the node keeps up to date by itself, and not a file of who asks.</summary>
    private static bool IsFetched(string root) => root.StartsWith("roots/", StringComparison.Ordinal) && !File.Exists(root);

    private static StringBuilder Signer(StringBuilder toml, string name, string type) => toml.Append("\n[[signer]]\nname = ").Append(Quoted(name)).Append("\ntype = ").Append(Quoted(type)).Append('\n');

    private static string AttachKey(Invocation invocation, AddTrustRequest request, string key)
    {
        if (!HeldKeys.IsUri(key))
        {
            return Attach(request, key, "pub");
        }

        using var held = HeldKeys.Open(key, new KeySecrets(invocation.Context, fromStandardInput: false), toSign: false);
        return Attach(request, Encoding.ASCII.GetBytes(PemEncoding.WriteString("PUBLIC KEY", held.PublicKey) + "\n"), "pub");
    }

    /// <summary>Sends a file along, under a name that stands for its content.</summary>
    private static string Attach(AddTrustRequest request, string file, string ending) => Attach(request, Read(file), ending);

    private static string Attach(AddTrustRequest request, byte[] bytes, string ending)
    {
        var name = $"{request.Name}.{Convert.ToHexStringLower(SHA256.HashData(bytes))[..12]}.{ending}";
        request.Files[name] = ByteString.CopyFrom(bytes);
        return name;
    }

    /// <summary>A key, certificates or a policy.</summary>
    internal static byte[] Read(string file) => GivenFile.Read(file, MostBytes);

    private static string Quoted(string text) => text.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0
        ? "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\""
        : throw CliFailure.Usage("an option holds control characters");
}
