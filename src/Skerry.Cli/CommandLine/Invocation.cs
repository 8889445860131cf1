using Skerry.Cli.Wire;

namespace Skerry.Cli.CommandLine;

/// <summary>A command with everything that was said to it, checked against its table.</summary>
internal sealed class Invocation(Command command, string path, CliContext context)
{
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);
    private NodeClient? _node;

    internal Command Command { get; } = command;

    /// <summary>The command's full name: <c>skerry image pull</c>.</summary>
    internal string Path { get; } = path;

    internal CliContext Context { get; } = context;

    internal Terminals.TextOutput Out => Context.Out;

    internal List<string> Operands { get; } = [];

    /// <summary>The node that the command line or the environment names.</summary>
    internal NodeClient Node => _node ??= new NodeClient(NodeAddress.Parse(
        Text("address") ?? Context.Variable(NodeAddress.Variable) ?? NodeAddress.Default));

    internal void Add(Option option, string value)
    {
        if (!_values.TryGetValue(option.Name, out var list))
        {
            _values.Add(option.Name, list = []);
        }

        if (option.Kind != OptionKind.List)
        {
            list.Clear();
        }

        list.Add(value);
    }

    internal bool Has(string name) => _values.ContainsKey(name);

    internal bool Flag(string name) => _values.TryGetValue(name, out var list) && list[^1] == "true";

    internal string? Text(string name) => _values.TryGetValue(name, out var list) ? list[^1] : null;

    internal IReadOnlyList<string> List(string name) => _values.TryGetValue(name, out var list) ? list : [];

    /// <summary>A value read by <paramref name="parse"/>, which throws <see cref="FormatException"/> with what is wrong.</summary>
    /// <exception cref="CliFailure">The value is malformed.</exception>
    internal T Parsed<T>(string name, Func<string, T> parse, T missing) => Text(name) is { } text ? Read(name, text, parse) : missing;

    /// <inheritdoc cref="Parsed"/>
    internal IEnumerable<T> EachParsed<T>(string name, Func<string, T> parse) => List(name).Select(text => Read(name, text, parse));

    private T Read<T>(string name, string text, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (FormatException e)
        {
            throw CliFailure.Usage($"--{name} {text}: {e.Message}", $"see `{Path} --help`");
        }
    }
}
