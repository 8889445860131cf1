using Google.Protobuf;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Trust;

/// <summary>Keys that are held elsewhere: by a token behind PKCS #11 (SoftHSM), by a TPM (swtpm). What they sign runs; the keys stay where they are.</summary>
public sealed class HeldKeyTests
{
    [Fact]
    [Trait("Promise", "P-175")]
    public async Task What_a_token_signed_as_cosign_does_runs_whatever_kind_its_key_is()
    {
        using var token = await SoftToken.Make();
        await using var node = await TestNode.StartAsync(trust: "");
        foreach (var kind in SoftToken.Kinds)
        {
            var image = await TrustTests.Push();

            // The public half needs no PIN.
            _ = (await token.Cli(node, ["trust", "add", kind, "--image", Repository(image), "--key", token.Uri(kind, "")])).Ok;
            Assert.Equal(125, (await node.Cli("run", "--rm", image, "true")).Code);
            var signed = await token.Cli(node, ["image", "sign", "--key", token.Uri(kind), "-o", "json", image]);
            Assert.Contains("\"publicKey\": \"-----BEGIN PUBLIC KEY-----", signed.Ok, StringComparison.Ordinal);
            Assert.DoesNotContain(SoftToken.Pin, signed.Out + signed.Error, StringComparison.Ordinal);
            Assert.Equal(kind + "\n", (await node.Cli("run", "--rm", image, "echo", kind)).Ok);
        }

        Assert.DoesNotContain(SoftToken.Pin, await File.ReadAllTextAsync(node.LogFile, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-175")]
    public async Task What_a_token_or_a_tpm_signed_as_notation_does_runs()
    {
        using var token = await SoftToken.Make();
        using var authority = new TestKey();
        await using var tpm = await SoftTpm.Start();
        await tpm.Keep("0x81000001", "ecc384");
        await tpm.Keep("0x81000002", "rsa2048");
        await using var node = await TestNode.StartAsync(trust: "");
        foreach (var uri in (string[])[token.Uri("p256"), token.Uri("p384"), token.Uri("p521"), token.Uri("rsa"), tpm.Uri("0x81000001"), tpm.Uri("0x81000002")])
        {
            var image = await TrustTests.Push();
            var name = "n" + Guid.NewGuid().ToString("N")[..8];
            _ = (await node.Cli("trust", "add", name, "--image", Repository(image), "--notation", authority.Root)).Ok;
            var other = Path.Combine(token.Home, name + ".pub");
            (string, string)[] secret = [("SKERRY_KEY_PASSWORD", SoftTpm.Authorization)];

            // Signed as cosign does it counts for nothing here, and tells the public key, for the certificate.
            _ = (await token.Cli(node, ["image", "sign", "--key", uri, "--public-key-out", other, image], secret)).Ok;
            var chain = authority.ChainFor(await File.ReadAllTextAsync(other, TestContext.Current.CancellationToken));
            Assert.Equal(125, (await node.Cli("run", "--rm", image, "true")).Code);
            _ = (await token.Cli(node, ["image", "sign", "--format", "notation", "--certificates", chain, "--key", uri, image], secret)).Ok;
            Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "echo", "ran")).Ok);
        }
    }

    [Fact]
    [Trait("Promise", "P-175")]
    public async Task What_a_tpm_signed_runs_and_a_key_that_is_not_for_it_is_refused_by_its_reason()
    {
        await using var tpm = await SoftTpm.Start();
        await tpm.Keep("0x81000001", "ecc256:ecdsa-sha256");
        await tpm.Keep("0x81000002", "ecc384");
        await tpm.Keep("0x81000003", "rsa2048:rsassa-sha256");
        await tpm.Keep("0x81000004", "ecc256:ecdsa-sha256:null", "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|sign|restricted");
        await tpm.Keep("0x81000005", "ecc384:ecdsa-sha384");
        await using var node = await TestNode.StartAsync(trust: "");
        var secret = Path.Combine(tpm.Home, "auth");
        await File.WriteAllTextAsync(secret, SoftTpm.Authorization + "\n", TestContext.Current.CancellationToken);
        foreach (var handle in (string[])["0x81000001", "0x81000002", "0x81000003"])
        {
            var image = await TrustTests.Push();
            _ = (await node.Cli("trust", "add", "tpm-" + handle, "--image", Repository(image), "--key", tpm.Uri(handle))).Ok;
            _ = (await node.Cli("image", "sign", "--key", tpm.Uri(handle, "&auth-source=file:" + secret), image)).Ok;
            Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "echo", "ran")).Ok);
        }

        var other = await TrustTests.Push();
        await Refused("TPM_RC_BAD_AUTH: the authorization value is wrong; session 1 (response code 0x9a2)", "image", "sign", "--key", tpm.Uri("0x81000001"), other);
        await Refused("restricted: it signs only what the TPM itself made", "image", "sign", "--key", tpm.Uri("0x81000004"), other);
        await Refused("signs by Ecdsa with SHA-384 alone, and Ecdsa with SHA-256 is needed", "image", "sign", "--key", tpm.Uri("0x81000005", "&auth-source=file:" + secret), other);
        await Refused("has no key 0x81000009; it keeps 0x81000001, 0x81000002", "image", "sign", "--key", tpm.Uri("0x81000009"), other);
        await Refused("is no TPM: neither a character device nor a socket", "image", "sign", "--key", $"tpm2:{secret}?handle=0x81000001", other);

        async Task Refused(string why, params string[] words)
        {
            var said = await node.Cli(words);
            Assert.NotEqual(0, said.Code);
            Assert.Contains(why, said.Error, StringComparison.Ordinal);
            Assert.Contains("next: ", said.Error, StringComparison.Ordinal);
            Assert.DoesNotContain(SoftTpm.Authorization, said.Out + said.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Trait("Promise", "P-176")]
    public async Task A_pin_comes_from_a_file_the_environment_or_standard_input_and_a_wrong_one_signs_nothing()
    {
        using var token = await SoftToken.Make();
        await using var node = await TestNode.StartAsync(trust: "");
        var image = await TrustTests.Push();
        _ = (await node.Cli("trust", "add", "shop", "--image", Repository(image), "--unsigned")).Ok;

        var none = await token.Cli(node, ["image", "sign", "--key", token.Uri("p256", ""), image]);
        Assert.Contains("the token 'ops' wants its PIN, and none was given", none.Error, StringComparison.Ordinal);
        var wrong = await token.Cli(node, ["image", "sign", "--key", token.Uri("p256", "&pin-value=not-the-pin"), image]);
        Assert.NotEqual(0, wrong.Code);
        Assert.Contains("C_Login ops: CKR_PIN_INCORRECT", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("warning: pin-value stands on the command line", wrong.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("not-the-pin", wrong.Out + wrong.Error, StringComparison.Ordinal);
        Assert.Contains("no signature was found", (await node.Cli("trust", "check", "--trust", await Demanding(node, token), image)).Out, StringComparison.Ordinal);

        _ = (await token.Cli(node, ["image", "sign", "--key", token.Uri("p256", ""), image], ("COSIGN_PKCS11_PIN", SoftToken.Pin))).Ok;
        _ = (await token.Cli(node, ["image", "sign", "--key", token.Uri("p256", "&pin-source=env:MY_PIN"), image], ("MY_PIN", SoftToken.Pin))).Ok;
        _ = (await token.Cli(node, ["image", "sign", "--key", $"pkcs11:object=p256?pin-source=file://{token.PinFile}", image], ("COSIGN_PKCS11_MODULE_PATH", KeyTools.Module))).Ok;
        _ = (await Running.ToEnd(Running.Start(
            Programs.CommandLine, ["image", "sign", "--password-stdin", "--key", token.Uri("p256", ""), image], ("SKERRY_ADDRESS", "unix://" + node.Socket), ("SOFTHSM2_CONF", token.Configuration), ("LD_LIBRARY_PATH", KeyTools.Libraries)), SoftToken.Pin + "\n")).Ok;
        Assert.Contains("may run: verified", (await node.Cli("trust", "check", "--trust", "held", image)).Ok, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-176")]
    public async Task At_a_terminal_the_pin_is_asked_for_and_not_shown()
    {
        using var token = await SoftToken.Make();
        await using var node = await TestNode.StartAsync(trust: "");
        var image = await TrustTests.Push();
        string[] environment = ["SKERRY_ADDRESS=unix://" + node.Socket, "SOFTHSM2_CONF=" + token.Configuration, "LD_LIBRARY_PATH=" + KeyTools.Libraries];
        using (var terminal = OnTerminal.Start(Programs.CommandLine, ["image", "sign", "--key", token.Uri("p256", ""), image], environment, new Linux.Terminals.WindowSize(200, 24)))
        {
            await terminal.Shows("PIN of token ops: ");
            terminal.Type(SoftToken.Pin + "x\u007f\r");
            await terminal.Shows(image[..image.LastIndexOf(':')] + "@sha256:");
            Assert.Equal(0, await terminal.End());
            Assert.DoesNotContain(SoftToken.Pin, terminal.Screen, StringComparison.Ordinal);
            Assert.True(terminal.IsCooked);
        }

        using var left = OnTerminal.Start(Programs.CommandLine, ["image", "sign", "--key", token.Uri("p256", ""), image], environment, new Linux.Terminals.WindowSize(200, 24));
        await left.Shows("PIN of token ops: ");
        left.Type("\u0003");
        Assert.Equal(130, await left.End());
        Assert.True(left.IsCooked);
    }

    [Fact]
    [Trait("Promise", "P-176")]
    public async Task A_key_or_token_that_is_not_there_or_not_alone_is_refused_with_what_there_is()
    {
        using var token = await SoftToken.Make();
        await using var node = await TestNode.StartAsync(trust: "");
        var image = await TrustTests.Push();
        foreach (var (uri, why) in ((string, string)[])
        [
            (token.Uri("nobody"), "no private key fits; the token 'ops' has '"),
            ($"pkcs11:token=ops?module-path={KeyTools.Module}&pin-source=file:{token.PinFile}", "5 private keys fit, and one is to be named"),
            ($"pkcs11:token=other;object=p256?module-path={KeyTools.Module}", "no token fits; " + KeyTools.Module + " has 'ops' (serial "),
            ("pkcs11:object=p256?module-path=/etc/hostname", "cannot be loaded as a library"),
            ("pkcs11:object=p256?module-path=/nowhere/m.so", "there is no PKCS #11 module /nowhere/m.so"),
            ("pkcs11:object=p256?module-path=m.so", "must be absolute"),
            ("awskms:///alias/k", "keys of key services (awskms:) are not used here"),
        ])
        {
            var said = await token.Cli(node, ["image", "sign", "--key", uri, image]);
            Assert.NotEqual(0, said.Code);
            Assert.Contains(why, said.Error, StringComparison.Ordinal);
            Assert.Contains("next: ", said.Error, StringComparison.Ordinal);
        }

        // A public key is not written over a file that is there.
        var there = await token.Cli(node, ["image", "sign", "--key", token.Uri("p256"), "--public-key-out", token.PinFile, image]);
        Assert.Contains("is left alone; nothing was signed", there.Error, StringComparison.Ordinal);
        Assert.Equal(SoftToken.Pin + "\n", await File.ReadAllTextAsync(token.PinFile, TestContext.Current.CancellationToken));
    }

    [Fact]
    [Trait("Promise", "P-177")]
    public async Task A_signature_that_is_not_the_keys_is_not_stored()
    {
        using var key = new TestKey();
        await using var node = await TestNode.StartAsync(trust: "");
        var image = await TrustTests.Push();
        _ = (await node.Cli("trust", "add", "shop", "--image", Repository(image), "--key", key.Public)).Ok;
        var pem = await File.ReadAllTextAsync(key.Public, TestContext.Current.CancellationToken);
        var spki = Convert.FromBase64String(pem[global::System.Security.Cryptography.PemEncoding.Find(pem).Base64Data]);
        using (var call = node.Images.SignHeld(cancellationToken: TestContext.Current.CancellationToken))
        {
            await call.RequestStream.WriteAsync(new SignHeldRequest { Order = new SignImageRequest { Image = image, PublicKey = ByteString.CopyFrom(spki) } }, TestContext.Current.CancellationToken);
            Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            Assert.Contains("cosign container image signature", call.ResponseStream.Current.Demand.Message.ToStringUtf8(), StringComparison.Ordinal);
            await call.RequestStream.WriteAsync(new SignHeldRequest { Signature = ByteString.CopyFrom(new byte[71]) }, TestContext.Current.CancellationToken);
            var refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
            Assert.Contains("no signature (EcdsaDer with SHA256) of the EcdsaP256 key", refused.Status.Detail, StringComparison.Ordinal);
        }

        Assert.Contains("no signature was found", (await node.Cli("run", "--rm", image, "true")).Error, StringComparison.Ordinal);
        using var mixed = node.Images.SignHeld(cancellationToken: TestContext.Current.CancellationToken);
        await mixed.RequestStream.WriteAsync(new SignHeldRequest { Order = new SignImageRequest { Image = image, PublicKey = ByteString.CopyFrom(spki), Key = ByteString.CopyFromUtf8("x") } }, TestContext.Current.CancellationToken);
        Assert.Contains("holds a private key", (await Assert.ThrowsAsync<RpcException>(() => mixed.ResponseStream.MoveNext(TestContext.Current.CancellationToken))).Status.Detail, StringComparison.Ordinal);
    }

    private static string Repository(string image) => image[..image.LastIndexOf(':')];

    private static async Task<string> Demanding(TestNode node, SoftToken token)
    {
        _ = (await token.Cli(node, ["trust", "add", "held", "--key", token.Uri("p256", "")])).Ok;
        return "held";
    }
}
