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
    [InlineData("verify")]
    [InlineData("sign")]
    public async Task Nobody_can_take_an_unchecked_image_for_a_checked_one(string name)
    {
        var said = await CliProcess.Run(null, ["image", name, "img"]);
        Assert.Equal((1, ""), (said.Code, said.Out));
        Assert.Contains("nothing was checked", said.Error, StringComparison.Ordinal);
    }
}
