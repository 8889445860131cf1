using Skerry.Cli.Tests.Peer;

namespace Skerry.Cli.Tests.Commands;

public sealed class GivenFileTests
{
    [Theory]
    [InlineData("trust add a --key /dev/zero --dry-run", "/dev/zero: more than 4194304 bytes")]
    [InlineData("trust add a -f /dev/zero --dry-run", "/dev/zero: more than 4194304 bytes")]
    [InlineData("image sign --key /dev/zero img", "/dev/zero: more than 4194304 bytes")]
    [InlineData("audit prove --check --key k /dev/zero", "/dev/zero: more than 131072 bytes")]
    [InlineData("run --env-file /dev/zero img", "--env-file /dev/zero: more than 1048576 bytes")]
    [InlineData("trust add a --key /proc --dry-run", "'/proc' is a directory, where a file is wanted.")]
    [InlineData("run --env-file /proc img", "--env-file /proc: '/proc' is a directory, where a file is wanted.")]
    [InlineData("trust add a --key /proc/none --dry-run", "Could not find file '/proc/none'.")]
    public async Task What_is_no_small_file_is_named_and_not_read_to_its_end(string line, string message)
    {
        var said = await CliProcess.Run(null, line.Split(' '));
        Assert.StartsWith($"skerry: {message}\n", said.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, said.Code);
    }

    [Fact]
    public async Task A_pipe_is_read_as_a_file_is()
    {
        const string Policy = "images = [\"localhost/x\"]\n";
        var said = await CliProcess.Run(null, ["trust", "add", "a", "-f", "/dev/stdin", "--dry-run"], System.Text.Encoding.UTF8.GetBytes(Policy));
        Assert.Equal((0, Policy, ""), (said.Code, said.Out, said.Error));
    }
}
