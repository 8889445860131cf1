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
        File.Copy(key.Root, Path.Combine(node.TrustDirectory, "root.pem"));
        await File.WriteAllBytesAsync(Path.Combine(lists, "ca.crl"), key.Crl(revoked: false), TestContext.Current.CancellationToken);
        await node.Trust("ops", $"""
            images = ["{TrustTests.Everything(image)}"]
            require = "any"

            [[signer]]
            name = "ops"
            type = "notation"
            authorities = ["root.pem"]
            identities = ["*"]
            level = "strict"
            revocation = "revoked"
            """);
        _ = (await node.Cli("image", "sign", "--format", "notation", "--key", key.Private, "--certificates", key.Chain, image)).Ok;
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
}
