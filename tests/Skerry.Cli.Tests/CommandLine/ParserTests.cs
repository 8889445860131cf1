using Skerry.Cli.CommandLine;
using Skerry.Cli.Commands;

namespace Skerry.Cli.Tests.CommandLine;

public sealed class ParserTests
{
    [Theory]
    [InlineData("run -it img sh -c ls", "interactive=true tty=true | img sh -c ls")]
    [InlineData("run -eA=1 -e B=2 --env=C=3 --env D=4 img", "env=A=1,B=2,C=3,D=4 | img")]
    [InlineData("run --name=x --name y img", "name=y | img")]
    [InlineData("run -itu0 img -u 1", "interactive=true tty=true user=0 | img -u 1")]
    [InlineData("run --rm=false -d=true img --rm", "detach=true rm=false | img --rm")]
    [InlineData("run -- -img -x", " | -img -x")]
    [InlineData("run -p80:80 -h host img", "hostname=host publish=80:80 | img")]
    [InlineData("ps -aq -o json", "all=true output=json quiet=true | ")]
    [InlineData("stop web -t 3 db", "time=3 | web db")]
    [InlineData("exec -it web sh -c -- x", "interactive=true tty=true | web sh -c -- x")]
    [InlineData("--address unix:///x ps", "address=unix:///x | ")]
    [InlineData("ps --address=unix:///x", "address=unix:///x | ")]
    [InlineData("oci --root /x create -b . id", " | --root /x create -b . id")]
    [InlineData("cp - web:/tmp", " | - web:/tmp")]
    [InlineData("unpause a b", " | a b")]
    [InlineData("guard rules -V -o json a b", "output=json | a b")]
    [InlineData("guard rules ls -o json a b", "output=json | a b")]
    [InlineData("guard rules -- ls", " | ls")]
    public void A_command_line_is_read_as_docker_users_write_it(string line, string expected)
    {
        var invocation = Parse(line);
        string[] names = ["address", "all", "detach", "env", "hostname", "interactive", "name", "output", "publish", "quiet", "rm", "time", "tty", "user"];
        var said = names.Where(invocation.Has).Select(name => $"{name}={string.Join(',', invocation.List(name))}");
        Assert.Equal(expected, $"{string.Join(' ', said)} | {string.Join(' ', invocation.Operands)}");
    }

    [Theory]
    [InlineData("rnu img", "`skerry` has no command rnu", "did you mean `skerry run`?")]
    [InlineData("image pul x", "`skerry image` has no command pul", "did you mean `skerry image pull`?")]
    [InlineData("run --nmae x img", "`skerry run` has no option --nmae", "did you mean --name? See `skerry run --help`")]
    [InlineData("run --memroy=1 img", "`skerry run` has no option --memroy", "did you mean --memory? See `skerry run --help`")]
    [InlineData("run -Z img", "`skerry run` has no option -Z", "see `skerry run --help`")]
    [InlineData("run", "`skerry run` needs IMAGE [COMMAND [ARGUMENT…]]", "for example: skerry run --rm -it docker.io/library/debian:12 bash")]
    [InlineData("run --name", "--name needs NAME", "see `skerry run --help`")]
    [InlineData("ps -o xml", "--output xml: not one of table, json, yaml, name", "see `skerry ps --help`")]
    [InlineData("run --tier snadbox img", "--tier snadbox: not one of process, sandbox, microvm, unikernel, wasm, auto", "did you mean sandbox?")]
    [InlineData("run --rm=maybe img", "--rm=maybe: not true or false", "see `skerry run --help`")]
    [InlineData("ps extra", "`skerry ps` takes no operand: extra", "see `skerry ps --help`")]
    [InlineData("logs a b", "`skerry logs` takes CONTAINER; too much: b", "see `skerry logs --help`")]
    [InlineData("image sign --key= img", "--key is empty, where KEY belongs", "see `skerry image sign --help`")]
    [InlineData("run --env-file= img", "--env-file is empty, where FILE belongs", "see `skerry run --help`")]
    public void A_mistake_is_named_with_what_was_perhaps_meant(string line, string message, string next)
    {
        var failure = Assert.Throws<CliFailure>(() => Parse(line));
        Assert.Equal((message, next, 2), (failure.Message, failure.Next, failure.ExitCode));
    }

    [Fact]
    public void A_file_or_directory_has_a_name()
    {
        var failure = Assert.Throws<CliFailure>(() => Parser.Parse(CommandTree.Root(), ["audit", "export", ""], new CliContext()));
        Assert.Equal(("`skerry audit export` takes DIRECTORY; what was given is empty", 2), (failure.Message, failure.ExitCode));
    }

    [Fact]
    public void Every_command_has_an_example_that_its_own_table_accepts()
    {
        foreach (var (command, path) in All(CommandTree.Root(), "skerry").Where(c => !c.Command.Hidden && c.Command.Children.Length == 0))
        {
            Assert.True(command.Examples.Length > 0, $"{path} has no example");
            foreach (var (line, _) in command.Examples)
            {
                if (line.StartsWith("skerry ", StringComparison.Ordinal) && !line.Contains('$', StringComparison.Ordinal) && !command.PassesAll)
                {
                    var words = line.Split(" | ")[0].Split(" > ")[0].Split(" < ")[0].Split(' ')[1..];
                    Assert.Equal(path, Parser.Parse(CommandTree.Root(), words, new CliContext()).Path);
                }
            }
        }
    }

    [Fact]
    public void No_command_uses_a_name_twice()
    {
        foreach (var (command, path) in All(CommandTree.Root(), "skerry"))
        {
            var names = command.Options.Concat(GlobalOptions.All.Where(g => g.Name != "help")).Select(o => "--" + o.Name)
                .Concat(command.Options.Where(o => o.Short != '\0').Select(o => "-" + o.Short))
                .Concat(command.Children.SelectMany(c => c.Aliases.Prepend(c.Name)));
            Assert.Empty(names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => $"{path}: {g.Key}"));
        }
    }

    internal static IEnumerable<(Command Command, string Path)> All(Command command, string path) =>
        command.Children.SelectMany(c => All(c, $"{path} {c.Name}")).Prepend((command, path));

    internal static Invocation Parse(string line) =>
        Parser.Parse(CommandTree.Root(), line.Split(' ', StringSplitOptions.RemoveEmptyEntries), new CliContext());
}
