using Google.Protobuf;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Terminals;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry image sign</c>.</summary>
internal static class SignCommand
{
    private const string PasswordVariable = "SKERRY_KEY_PASSWORD";
    private static readonly string[] Elsewhere = ["pkcs11:", "tpm2:", "tpm:", "awskms:", "gcpkms:", "azurekms:", "hashivault:", "k8s:"];

    internal static Command Table() => new("sign", "sign an image, as cosign or notation do")
    {
        Operands = "IMAGE",
        MinOperands = 1,
        MaxOperands = 1,
        Completes = [Completes.Image],
        Options =
        [
            Option.One("key", "FILE", "the private key: PKCS #8 in PEM, or cosign's own file", completes: Completes.File),
            Option.One("format", "FORMAT", "whose signature (default: cosign)", choices: ["cosign", "notation"]),
            Option.One("certificates", "FILE", "for notation: the signer's certificate first, the root last (PEM)", completes: Completes.File),
            Option.Many("annotation", "KEY=VALUE", "signed with it", 'a'),
            Option.Flag("referrer", "cosign: as a referrer of OCI 1.1, not under the tag"),
            Option.Flag("local", "keep it with the image on this node; it goes along with an export"),
            Option.One("expires", "TIME", "notation: good for so long: 720h"),
            Option.Flag("password-stdin", "read the key's password from standard input"),
        ],
        Notes = $"""
            The name is resolved at its registry, and the digest is signed. The key's password also comes from {PasswordVariable} or COSIGN_PASSWORD.
            The key goes to the node on its own socket, is used once and kept nowhere.
            """,
        Examples =
        [
            ("skerry image sign --key cosign.key registry.example/shop/web:1", "cosign verify --key cosign.pub says so too"),
            ("skerry image sign --format notation --key leaf.key --certificates chain.pem registry.example/shop/web:1", "notation verify says so too"),
        ],
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        if (invocation.Text("key") is not { } file)
        {
            throw CliFailure.Usage("--key FILE is missing", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 makes one");
        }

        if (Array.Exists(Elsewhere, e => file.StartsWith(e, StringComparison.Ordinal)))
        {
            throw new CliFailure($"--key {file}: keys that are held elsewhere (PKCS #11, TPM, key services) are not in this version; nothing was signed", "use a key file; or sign with cosign or notation themselves, whose signatures are verified here");
        }

        var isNotation = invocation.Text("format") == "notation";
        if (isNotation != invocation.Text("certificates") is not null)
        {
            throw CliFailure.Usage(isNotation ? "--format notation needs --certificates" : "--certificates goes with --format notation");
        }

        var request = new SignImageRequest
        {
            Image = invocation.Operands[0],
            Format = isNotation ? SignImageRequest.Types.Format.Notation : SignImageRequest.Types.Format.Cosign,
            Key = ByteString.CopyFrom(TrustAdd.Read(file)),
            Password = invocation.Flag("password-stdin") ? StandardInput.Line()
                : Environment.GetEnvironmentVariable(PasswordVariable) ?? Environment.GetEnvironmentVariable("COSIGN_PASSWORD") ?? "",
            Certificates = invocation.Text("certificates") is { } chain ? ByteString.CopyFrom(TrustAdd.Read(chain)) : ByteString.Empty,
            Referrer = invocation.Flag("referrer"),
            Local = invocation.Flag("local"),
            ExpiresAfterSeconds = invocation.Parsed("expires", Units.Seconds, 0u),
        };
        foreach (var pair in invocation.List("annotation"))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw CliFailure.Usage($"--annotation {pair}: not KEY=VALUE");
            }

            request.Annotations[pair[..equals]] = pair[(equals + 1)..];
        }

        var signed = invocation.Node.Call(NodeMethods.SignImage, request);
        invocation.Out.Line(Humanise.Safe($"{signed.Image}  {signed.Place}  key {signed.KeyId[..Math.Min(16, signed.KeyId.Length)]}"));
        return ExitCodes.Ok;
    }
}
