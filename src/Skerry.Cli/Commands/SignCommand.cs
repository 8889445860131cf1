using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Keys;
using Skerry.Cli.Rendering;
using Skerry.Cli.Terminals;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry image sign</c>.</summary>
internal static class SignCommand
{
    internal static Command Table() => new("sign", "sign an image, as cosign or notation do")
    {
        Operands = "IMAGE",
        MinOperands = 1,
        MaxOperands = 1,
        Completes = [Completes.Image],
        Options =
        [
            Option.One("key", "KEY", "the private key: a file (PKCS #8 in PEM, or cosign's own), pkcs11:… or tpm2:…", completes: Completes.File),
            Option.One("format", "FORMAT", "whose signature (default: cosign)", choices: ["cosign", "notation"]),
            Option.One("certificates", "FILE", "for notation: the signer's certificate first, the root last (PEM)", completes: Completes.File),
            Option.Many("annotation", "KEY=VALUE", "signed with it", 'a'),
            Option.Flag("referrer", "cosign: as a referrer of OCI 1.1, not under the tag"),
            Option.Flag("local", "keep it with the image on this node; it goes along with an export"),
            Option.One("expires", "TIME", "notation: good for so long: 720h"),
            Option.Flag("password-stdin", "read the key's password or PIN from standard input"),
            Option.One("public-key-out", "FILE", "write the key's public half there (PEM), for those who verify", completes: Completes.File),
            Listing.Format,
        ],
        Notes = $"""
            The name is resolved at its registry, and the digest is signed. The key's password also comes from {KeySecrets.OwnVariable} or COSIGN_PASSWORD.
            A key file goes to the node on its own socket, is used once and kept nowhere. A key in a token or TPM stays there: this program asks it to sign,
            and the node gets the signature. A token's PIN: pin-source in the URI, COSIGN_PKCS11_PIN, or it is asked for; a TPM key's authorization value:
            auth-source in the URI, or {KeySecrets.OwnVariable}.
            """,
        Examples =
        [
            ("skerry image sign --key cosign.key registry.example/shop/web:1", "cosign verify --key cosign.pub says so too"),
            ("skerry image sign --key 'pkcs11:token=ops;object=release?module-path=/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so&pin-source=file:/root/pin' registry.example/shop/web:1", "by a smart card or an HSM"),
            ("skerry image sign --key tpm2:0x81000001 --public-key-out release.pub registry.example/shop/web:1", "by this machine's TPM; others verify with release.pub"),
            ("skerry image sign --format notation --key leaf.key --certificates chain.pem registry.example/shop/web:1", "notation verify says so too"),
        ],
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        if (invocation.Text("key") is not { } key)
        {
            throw CliFailure.Usage("--key KEY is missing", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 makes one");
        }

        var isNotation = invocation.Text("format") == "notation";
        if (isNotation != invocation.Text("certificates") is not null)
        {
            throw CliFailure.Usage(isNotation ? "--format notation needs --certificates" : "--certificates goes with --format notation");
        }

        if (!isNotation && invocation.Has("expires"))
        {
            throw CliFailure.Usage("--expires goes with --format notation: a signature of cosign has no end", "max_age in a trust policy says how old one may be");
        }

        var publicOut = invocation.Text("public-key-out");
        if (publicOut is not null && Path.Exists(publicOut))
        {
            throw new CliFailure($"--public-key-out {publicOut}: it is there already, and is left alone; nothing was signed", "give a new name");
        }

        var request = new SignImageRequest
        {
            Image = invocation.Operands[0],
            Format = isNotation ? SignImageRequest.Types.Format.Notation : SignImageRequest.Types.Format.Cosign,
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

        var signed = HeldKeys.IsUri(key) ? Held(invocation, key, request) : FromFile(invocation, key, request);
        if (publicOut is not null)
        {
            WritePublic(publicOut, signed.PublicKey.Span);
        }

        return Listing.PrintOne(
            invocation,
            Tree.Object().Add("image", signed.Image).Add("place", signed.Place).Add("keyId", signed.KeyId).Add("publicKey", PemEncoding.WriteString("PUBLIC KEY", signed.PublicKey.Span)),
            () => Humanise.Safe($"{signed.Image}  {signed.Place}  key {signed.KeyId[..Math.Min(16, signed.KeyId.Length)]}") + "\n",
            signed.Image);
    }

    private static SignImageResponse FromFile(Invocation invocation, string file, SignImageRequest request)
    {
        request.Key = ByteString.CopyFrom(TrustAdd.Read(file));
        request.Password = invocation.Flag("password-stdin") ? StandardInput.Line() : invocation.Context.Variable(KeySecrets.OwnVariable) ?? invocation.Context.Variable("COSIGN_PASSWORD") ?? "";
        return invocation.Node.Call(NodeMethods.SignImage, request);
    }

    /// <summary>1. The key is opened. 2. The node says what is to be signed. 3. That is looked at, and signed. 4. The node verifies and stores it.</summary>
    private static SignImageResponse Held(Invocation invocation, string uri, SignImageRequest request)
    {
        // 1.
        using var key = HeldKeys.Open(uri, new KeySecrets(invocation.Context, invocation.Flag("password-stdin")), toSign: true);
        request.PublicKey = ByteString.CopyFrom(key.PublicKey);

        // 2.
        using var call = invocation.Node.Open(NodeMethods.SignHeld);
        _ = call.Send(new SignHeldRequest { Order = request });
        var demand = call.Receive()?.Demand ?? throw new NodeFailure(NodeFailure.Internal, "the node did not say what is to be signed");

        // 3.
        var digest = SignatureContent.DigestOf(demand, request.Format == SignImageRequest.Types.Format.Notation);
        var at = request.Image.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0 && request.Image[(at + 1)..] != digest)
        {
            throw SignatureContent.Refused($"it is about {digest}");
        }

        _ = call.Send(new SignHeldRequest { Signature = ByteString.CopyFrom(key.Sign(demand)) }, last: true);

        // 4.
        var signed = call.Receive()?.Done ?? throw new NodeFailure(NodeFailure.Internal, "the node did not say where the signature lies");
        return call.Receive() is null ? signed : throw new NodeFailure(NodeFailure.Internal, "the node sent more than was asked for");
    }

    private static void WritePublic(string file, ReadOnlySpan<byte> spki)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
            stream.Write(Encoding.ASCII.GetBytes(PemEncoding.WriteString("PUBLIC KEY", spki) + "\n"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"the image was signed, but the public key was not written: {error.Message}", "skerry image sign -o json has it, too");
        }
    }
}
