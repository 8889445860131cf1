using Skerry.Cli.Commands;
using Skerry.Cli.Tests.Peer;

namespace Skerry.Cli.Tests.Commands;

public sealed class RefusedOptionsTests
{
    [Theory]
    [InlineData("-f p.toml --drift deny", "--drift and --file exclude each other: the file is the whole policy")]
    [InlineData("-f p.toml --image localhost/x", "--image and --file exclude each other: the file is the whole policy")]
    [InlineData("--key k.pub --issuer https://x", "--issuer goes with --identity")]
    [InlineData("--key k.pub --subject C=SE", "--subject goes with --notation")]
    public async Task What_a_policy_would_not_have_is_refused(string options, string message)
    {
        var said = await CliProcess.Run(null, ["trust", "add", "a", "--dry-run", .. options.Split(' ')]);
        Assert.StartsWith($"skerry: {message}\n", said.Error, StringComparison.Ordinal);
        Assert.Equal(2, said.Code);
    }

    [Fact]
    public async Task An_end_that_the_signature_would_not_have_is_refused()
    {
        var said = await CliProcess.Run(null, ["image", "sign", "--key", "k", "--expires", "3h", "img"]);
        Assert.Equal((2, "skerry: --expires goes with --format notation: a signature of cosign has no end\n  next: max_age in a trust policy says how old one may be\n"), (said.Code, said.Error));
    }

    [Fact]
    public void A_message_of_several_lines_cannot_pass_for_several_messages() =>
        Assert.Equal("rules.yaml: Invalid\n  | next: do harm\n  | \\x1b[2J", EntryPoint.Lines("rules.yaml: Invalid\nnext: do harm\n\u001b[2J\n"));
}
