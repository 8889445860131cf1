using System.Text;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Commands;
using Skerry.Cli.Tests.CommandLine;
using Skerry.Cli.Tests.Peer;

namespace Skerry.Cli.Tests.Commands;

public sealed class HelpTests
{
    [Fact]
    public void The_help_of_every_command_is_as_it_was()
    {
        var text = new StringBuilder(Help.Short(CommandTree.Root()));
        foreach (var (command, path) in ParserTests.All(CommandTree.Root(), "skerry").Where(c => !c.Command.Hidden && c.Path != "skerry"))
        {
            text.Append('\n').Append('-', 80).Append('\n').Append(Help.Full(command, path));
        }

        Snapshot.Check("help.txt", text.ToString());
    }

    [Fact]
    public async Task Bare_skerry_prints_the_short_help()
    {
        var said = await CliProcess.Run(null, []);
        Assert.Equal((0, Help.Short(CommandTree.Root()), ""), (said.Code, said.Out, said.Error));
    }

    [Theory]
    [InlineData("")]
    [InlineData("run")]
    [InlineData("image pull")]
    public async Task Help_is_a_command_too(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var said = await CliProcess.Run(null, ["help", .. words]);
        var expected = await CliProcess.Run(null, [.. words, "--help"]);
        Assert.Equal((0, expected.Out, ""), (said.Code, said.Out, said.Error));
    }

    [Theory]
    [InlineData("apply")]
    [InlineData("store")]
    [InlineData("delete")]
    public async Task What_is_to_come_fails_plainly(string name)
    {
        var said = await CliProcess.Run(null, [name, "-f", "x.yaml"]);
        Assert.Equal(1, said.Code);
        Assert.Equal($"skerry: `skerry {name}` is not in this version; nothing was done\n  next: see `skerry --help` for what is\n", said.Error);
    }

    [Theory]
    [InlineData("awskms:///alias/k", 1, "keys of key services (awskms:) are not used here; nothing was done")]
    [InlineData("tpm:0x81000001", 2, "a key in a TPM 2.0 is named tpm2:HANDLE")]
    [InlineData("pkcs11:object=y;kind=z", 2, "'kind' is not looked at here")]
    [InlineData("pkcs11:object=y?module-path=/nowhere/m.so", 1, "there is no PKCS #11 module /nowhere/m.so")]
    [InlineData("tpm2:/nowhere/tpm?handle=0x81000001", 1, "the TPM cannot be opened: openat2 /nowhere/tpm: ENOENT")]
    public async Task A_key_that_is_held_elsewhere_and_cannot_be_used_is_refused_before_a_node_is_asked(string key, int code, string why)
    {
        var said = await CliProcess.Run(null, ["image", "sign", "--key", key, "img"]);
        Assert.Equal((code, ""), (said.Code, said.Out));
        Assert.Contains(why, said.Error, StringComparison.Ordinal);
        Assert.Contains("next: ", said.Error, StringComparison.Ordinal);
    }
}
