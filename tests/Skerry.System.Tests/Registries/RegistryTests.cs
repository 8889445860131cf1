using System.Text;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Registries;

/// <summary>Images from real registries: when they are asked, and how they are spoken to.</summary>
public sealed class RegistryTests
{
    [Fact]
    public async Task The_pull_policy_decides_whether_the_registry_is_asked()
    {
        await using var node = await TestNode.StartAsync();
        using var older = TestImages.Large(1000, seed: 1);
        using var newer = TestImages.Large(2000, seed: 2);
        var image = await TestRegistry.Push(older.Build(), "policy:1");
        Assert.Contains("may not be pulled", (await node.Cli("run", "--rm", "--pull", "never", image, "true")).Failed(125), StringComparison.Ordinal);
        Assert.Equal("1000\n", (await Size("--pull", "missing", image)).Ok);
        var digest = (await node.Cli("image", "inspect", image)).Ok;
        _ = await TestRegistry.Push(newer.Build(), "policy:1");
        Assert.Equal("1000\n", (await Size("--pull", "never", image)).Ok);
        Assert.Equal("1000\n", (await Size(image)).Ok);
        Assert.Equal("2000\n", (await Size("--pull", "always", "-q", image)).Ok);
        Assert.Equal("2000\n", (await Size("--pull", "never", image)).Ok);
        Assert.NotEqual(digest, (await node.Cli("image", "inspect", image)).Ok);

        // By digest it is what the digest says, whatever the tag has become.
        var start = digest.IndexOf("@sha256:", StringComparison.Ordinal);
        Assert.True(start > 0, digest);
        var name = image[..image.LastIndexOf(':')] + digest.Substring(start, "@sha256:".Length + 64);
        Assert.Equal("1000\n", (await Size("-q", name)).Ok);
        var other = name[..^4] + (name.EndsWith("0000", StringComparison.Ordinal) ? "1111" : "0000");
        Assert.Contains("fetch the manifest", (await Size("-q", other)).Failed(125), StringComparison.Ordinal);
        Assert.Contains("sha256", (await Size("-q", name + "0")).Failed(125), StringComparison.Ordinal);

        Task<Said> Size(params string[] options) => node.Cli(["run", "--rm", .. options, "stat", "-c", "%s", "/large"]);
    }

    [Fact]
    public async Task A_registry_of_a_private_authority_is_trusted_when_the_authority_is_configured_and_not_otherwise()
    {
        await using var registry = await PrivateRegistry.StartAsync(withPassword: false);
        var image = $"{registry.Host}/{TestImages.SmallName}";
        await using (var stranger = await TestNode.StartAsync())
        {
            var error = (await stranger.Cli("image", "pull", image)).Failed(1);
            Assert.Contains("TLS failed", error, StringComparison.Ordinal);
            Assert.Contains("ca_files", error, StringComparison.Ordinal);
        }

        await using var node = await TestNode.StartAsync($"[images]\nca_files = [\"{registry.Authority}\"]\n");
        Assert.Equal("3\n", (await node.Cli("run", "--rm", "-q", image, "cat", "/etc/layer")).Ok);
    }

    [Fact]
    public async Task A_registry_that_wants_a_password_gets_it_from_the_caller_the_file_or_a_helper()
    {
        await using var registry = await PrivateRegistry.StartAsync(withPassword: true);
        var image = $"{registry.Host}/{TestImages.SmallName}";
        var auth = Path.Combine(Path.GetDirectoryName(registry.Authority)!, "auth.json");
        var toml = $"[images]\nca_files = [\"{registry.Authority}\"]\nauth_file = \"{auth}\"\n";
        await using (var node = await TestNode.StartAsync(toml))
        {
            var error = (await node.Cli("image", "pull", image)).Failed(1);
            Assert.Contains("auth_file", error, StringComparison.Ordinal);
            var wrong = (await node.CliWith("wrong-word\n", "image", "pull", "-u", PrivateRegistry.User, "--password-stdin", image)).Failed(1);
            Assert.DoesNotContain("wrong-word", wrong, StringComparison.Ordinal);
            _ = (await node.CliWith(PrivateRegistry.Password + "\n", "image", "pull", "-u", PrivateRegistry.User, "--password-stdin", image)).Ok;
        }

        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{PrivateRegistry.User}:{PrivateRegistry.Password}"));
        await File.WriteAllTextAsync(auth, $$$"""{ "auths": { "{{{registry.Host}}}": { "auth": "{{{basic}}}" } } }""", TestContext.Current.CancellationToken);
        await using (var node = await TestNode.StartAsync(toml))
        {
            Assert.Equal("3\n", (await node.Cli("run", "--rm", "-q", image, "cat", "/etc/layer")).Ok);
        }

        // The helper is asked for this registry and no other; a program of its own, on the path of the daemon's helpers.
        var name = "skerry-test-" + Environment.ProcessId;
        var helper = "/usr/local/bin/docker-credential-" + name;
        await File.WriteAllTextAsync(auth, $$"""{ "credHelpers": { "{{registry.Host}}": "{{name}}" } }""", TestContext.Current.CancellationToken);
        try
        {
            await File.WriteAllTextAsync(
                helper,
                $$"""
                #!/bin/sh
                [ "$1" = get ] && [ "$(cat)" = "{{registry.Host}}" ] || exit 1
                echo '{ "ServerURL": "{{registry.Host}}", "Username": "{{PrivateRegistry.User}}", "Secret": "{{PrivateRegistry.Password}}" }'
                """,
                TestContext.Current.CancellationToken);
            File.SetUnixFileMode(helper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            await using var node = await TestNode.StartAsync(toml);
            Assert.Equal("3\n", (await node.Cli("run", "--rm", "-q", image, "cat", "/etc/layer")).Ok);
        }
        finally
        {
            File.Delete(helper);
        }
    }
}
