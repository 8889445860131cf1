using Skerry.Linux.Terminals;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Shells;

/// <summary>The completion scripts, inside the shells that they are for, with a real node behind.</summary>
public sealed class CompletionTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Theory]
    [InlineData("/bin/bash", "--norc --noprofile -i", "source <(skerry completion bash)")]
    [InlineData("/bin/zsh", "-f -i", "bindkey -e; autoload -U compinit; compinit -u -D; source <(skerry completion zsh)")]
    [InlineData("/usr/bin/fish", "--no-config -i", "skerry completion fish | source")]
    public async Task A_shell_completes_subcommands_options_and_names(string shell, string options, string setup)
    {
        Assert.SkipUnless(File.Exists(shell), $"needs {shell}: apt-get install {Path.GetFileName(shell)}");
        var node = fixture.Node;
        var name = "completed-" + Path.GetFileName(shell);
        _ = (await node.Cli("run", "-d", "--name", name, fixture.Image, "sleep", "1000")).Ok;
        // fish takes one in /tmp where this is not its owner's alone.
        var runtime = Directory.CreateDirectory(Path.Combine(node.Home, "xdg"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string[] environment = ["SKERRY_ADDRESS=unix://" + node.Socket, $"PATH={Path.GetDirectoryName(Programs.CommandLine)}:/usr/bin:/bin", "PS1=$ ", "HOME=" + node.Home, "XDG_RUNTIME_DIR=" + runtime.FullName];
        using (var terminal = OnTerminal.Start(shell, options.Split(' '), environment, new WindowSize(200, 50)))
        {
            terminal.Type(setup + "; echo re''ady\r");
            await terminal.Shows("ready");

            // Ctrl-A goes to the beginning: the completed line is shown, not run.
            terminal.Type("skerry insp\tcompleted-\t--oci\t\x01" + "echo is: \r");
            await terminal.Shows($"is: skerry inspect {name} --oci-spec");
            terminal.Type("skerry im\tl\t--no-t\t\x01" + "echo is: \r");
            await terminal.Shows("is: skerry image ls --no-trunc");
            terminal.Type("skerry run --restart=on\t--pul\tnev\t\x01" + "echo is: \r");
            await terminal.Shows("is: skerry run --restart=on-failure --pull never");
            terminal.Type($"skerry image inspect {fixture.Image[..8]}\t\x01" + "echo is: \r");
            await terminal.Shows($"is: skerry image inspect {fixture.Image}");
            terminal.Type("exit\r");
            Assert.Equal(0, await terminal.End());
        }

        _ = (await node.Cli("rm", "-f", name)).Ok;
    }
}
