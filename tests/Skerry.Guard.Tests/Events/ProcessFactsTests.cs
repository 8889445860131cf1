using Skerry.Guard.Events;

namespace Skerry.Guard.Tests.Events;

public sealed class ProcessFactsTests
{
    [Theory]
    [InlineData("sh", "-c|true", "-c true", "sh -c true")]
    [InlineData("sh", "", "", "sh")]
    [InlineData("sh", "|", " ", "sh  ")]
    [InlineData("sh", "|a", " a", "sh  a")]
    [InlineData("sh", "a", "a", "sh a")]
    [InlineData(null, "a|b", "a b", null)]
    [InlineData("", "a", "a", " a")]
    public void A_command_line_is_the_name_and_the_arguments_with_spaces_between(string? name, string words, string joined, string? line)
    {
        Text[] arguments = words.Length == 0 ? [] : [.. words.Split('|').Select(static w => (Text)w)];
        var together = new ProcessFacts();
        together.SetCommand(name, arguments);
        var apart = new ProcessFacts { Name = name, Arguments = arguments };
        foreach (var process in new[] { together, apart })
        {
            Assert.Equal((Text)joined, process.JoinedArguments);
            Assert.Equal((Text)line, process.CommandLine);
            Assert.Equal(arguments, process.Arguments);
        }
    }

    [Fact]
    public void One_argument_of_no_bytes_is_as_none()
    {
        var process = new ProcessFacts();
        process.SetCommand("sh", [Text.Empty]);
        Assert.Equal((Text)"sh", process.CommandLine);
        Assert.Equal(Text.Empty, process.JoinedArguments);
    }

    [Fact]
    public void A_new_process_has_what_the_one_that_made_it_has_and_changes_it_for_itself()
    {
        var parent = new ProcessFacts { Pid = 7, StartTime = 1, Executable = "/bin/sh", WorkingDirectory = "/tmp/", SessionId = 3, Terminal = 5, EffectiveCapabilities = 1 };
        parent.SetCommand("sh", ["-c", "true"]);
        parent.StandardStreams[1] = new DescriptorFacts();
        var child = new ProcessFacts { Pid = 8 };
        var before = child.Version;
        child.Inherit(parent);
        Assert.NotEqual(before, child.Version);
        Assert.Equal((8, null, (Text)"sh -c true", (Text)"/tmp/", 3, 5U), (child.Pid, child.StartTime, child.CommandLine, child.WorkingDirectory, child.SessionId, child.Terminal));
        Assert.Same(parent.StandardStreams[1], child.StandardStreams[1]);

        child.StandardStreams[1] = null;
        child.SetCommand("true", []);
        Assert.NotNull(parent.StandardStreams[1]);
        Assert.Equal((Text)"sh -c true", parent.CommandLine);
    }

    [Fact]
    public void Nothing_is_joined_again_for_a_new_process()
    {
        var parent = new ProcessFacts();
        parent.SetCommand("sh", [new string('a', 100_000)]);
        Assert.InRange(Allocated.By(() => new ProcessFacts().Inherit(parent)), 1, 2000);
    }
}
