using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Trust;

/// <summary>A signer whose certificate is revoked after the image was signed, verified and started: by a list that is kept on the node's disk.</summary>
[Trait("Promise", "P-161")]
public sealed class RevocationTests
{
    [Fact]
    public async Task A_certificate_that_is_revoked_on_disk_refuses_starts_and_pulls_while_what_runs_stays()
    {
        using var key = new TestKey();
        await using var node = await TestNode.StartAsync(trust: "");
        var image = await TrustTests.Push();
        var lists = Directory.CreateDirectory(Path.Combine(node.TrustDirectory, "revoked")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(lists, "ca.crl"), key.Crl(revoked: false), TestContext.Current.CancellationToken);
        await Sign(node, key, image, "revoked");
        _ = (await node.Cli("run", "-d", "--name", "web", image, "sleep", "1000")).Ok;
        _ = (await node.Cli("run", "-d", "--name", "old", image, "sleep", "1000")).Ok;
        _ = (await node.Cli("stop", "-t", "0", "old")).Ok;

        await File.WriteAllBytesAsync(Path.Combine(lists, "ca.crl"), key.Crl(revoked: true), TestContext.Current.CancellationToken);
        foreach (var words in (string[][])[["run", "--rm", image, "true"], ["start", "old"], ["image", "pull", image], ["run", "--rm", "--pull", "always", image, "true"]])
        {
            var refused = await node.Cli(words);
            Assert.NotEqual(0, refused.Code);
            Assert.Contains("revoked", refused.Error, StringComparison.Ordinal);
        }

        // The signature of before is no more of use on a new node than here, and what ran goes on.
        Assert.Equal(ContainerState.Running, (await node.Inspect("web")).State);
        node.Kill9();
        await node.StartAgain();
        Assert.Equal(ContainerState.Running, (await node.Inspect("web")).State);
        Assert.NotEqual(0, (await node.Cli("run", "--rm", image, "true")).Code);

        await File.WriteAllBytesAsync(Path.Combine(lists, "ca.crl"), key.Crl(revoked: false), TestContext.Current.CancellationToken);
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "echo", "ran")).Ok);
    }

    [Fact]
    public async Task An_ocsp_answer_on_disk_decides_while_it_is_good_and_counts_from_nobody_else()
    {
        using var key = new TestKey(responder: "http://ocsp.example.invalid/");
        using var stranger = new TestKey();
        using var responder = new OcspResponder(key);
        await using var node = await TestNode.StartAsync(trust: "");
        var image = await TrustTests.Push();
        var answers = Directory.CreateDirectory(Path.Combine(node.TrustDirectory, "answers")).FullName;
        await Sign(node, key, image, "answers");
        await Refused("no revocation list and no OCSP answer on");

        // Whoever signed it: the authority itself, or the responder that it made for that.
        await Answer(await responder.Answer());
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "echo", "ran")).Ok);
        _ = (await node.Cli("run", "-d", "--name", "web", image, "sleep", "1000")).Ok;
        _ = (await node.Cli("run", "-d", "--name", "old", image, "sleep", "1000")).Ok;
        _ = (await node.Cli("stop", "-t", "0", "old")).Ok;
        await Answer(await responder.Answer(by: "delegate"));
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "echo", "ran")).Ok);

        await Answer(await responder.Answer(revoked: true));
        await Refused("was revoked at");
        await Answer(await responder.Answer(revoked: true, by: "delegate"));
        await Refused("was revoked at");
        Assert.Equal(ContainerState.Running, (await node.Inspect("web")).State);

        // What is good, but of yesterday, of another certificate, or said by somebody else, is no word at all.
        await Answer(responder.Aged(await responder.Answer()));
        await Refused("and good until");
        await Answer(await responder.Answer(serial: "0A0B0C"));
        await Refused("no revocation list and no OCSP answer on");
        await Answer(await responder.Answer(by: "leaf"));
        await Refused("is signed neither by");
        using (var other = new OcspResponder(stranger))
        {
            await Answer(await other.Answer(serial: key.Serial));
            await Refused("no revocation list and no OCSP answer on");
            await Answer(await responder.Answer(signedBy: other));
            await Refused("is signed neither by");
        }

        var good = await responder.Answer();
        good[^20] ^= 1;
        await Answer(good);
        await Refused("is signed neither by");
        await Answer(good[..^9]);
        await Refused("not an answer in DER");

        await Answer(await responder.Answer());
        _ = (await node.Cli("start", "old")).Ok;
        Assert.Equal(ContainerState.Running, (await node.Inspect("web")).State);

        Task Answer(byte[] answer) => File.WriteAllBytesAsync(Path.Combine(answers, "signer.ocsp"), answer, TestContext.Current.CancellationToken);

        async Task Refused(string why)
        {
            foreach (var words in (string[][])[["run", "--rm", image, "true"], .. File.Exists(Path.Combine(answers, "signer.ocsp")) ? [["start", "old"], ["image", "pull", image]] : Array.Empty<string[]>()])
            {
                var refused = await node.Cli(words);
                Assert.NotEqual(0, refused.Code);
                Assert.Contains(why, refused.Error, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Demands a signature of the key's, as long as nothing in a directory beside the policies says that it is revoked, and signs.</summary>
    private static async Task Sign(TestNode node, TestKey key, string image, string revocation)
    {
        File.Copy(key.Root, Path.Combine(node.TrustDirectory, "root.pem"));
        await node.Trust("ops", $"""
            images = ["{TrustTests.Everything(image)}"]
            require = "any"

            [[signer]]
            name = "ops"
            type = "notation"
            authorities = ["root.pem"]
            identities = ["*"]
            level = "strict"
            revocation = "{revocation}"
            """);
        _ = (await node.Cli("image", "sign", "--format", "notation", "--key", key.Private, "--certificates", key.Chain, image)).Ok;
    }
}
