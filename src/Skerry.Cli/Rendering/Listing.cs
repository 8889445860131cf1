using Skerry.Cli.CommandLine;

namespace Skerry.Cli.Rendering;

/// <summary>What <c>-o</c> offers on every listing and inspection.</summary>
internal static class Listing
{
    internal static readonly string[] Formats = ["table", "json", "yaml", "name"];

    internal static readonly Option Format = Option.One("output", "FORMAT", "how to print", 'o', Formats);

    /// <summary>Prints a list: a table unless something else is asked for.</summary>
    internal static int Print<T>(
        Invocation invocation, IReadOnlyList<T> items, Func<IReadOnlyList<T>, Table> table, Func<T, Tree> tree, Func<T, string> name) =>
        PrintAll(invocation, items, table, tree, item => [name(item)]);

    /// <summary>As <see cref="Print"/>, of things that may have several names.</summary>
    internal static int PrintAll<T>(
        Invocation invocation, IReadOnlyList<T> items, Func<IReadOnlyList<T>, Table> table, Func<T, Tree> tree, Func<T, IEnumerable<string>> names)
    {
        var format = invocation.Text("output") ?? "table";
        switch (format)
        {
            case "json":
                invocation.Out.Write(JsonText.Indented(Tree.List(items.Select(tree))));
                break;
            case "yaml":
                invocation.Out.Write(YamlText.Of(Tree.List(items.Select(tree))));
                break;
            case "name":
                foreach (var name in items.SelectMany(names))
                {
                    invocation.Out.Line(Humanise.Safe(name));
                }

                break;
            default:
                invocation.Out.Write(table(items).ToString());
                break;
        }

        return ExitCodes.Ok;
    }

    /// <summary>Prints one thing that has no table of its own: <paramref name="plain"/> is what people read.</summary>
    internal static int PrintOne(Invocation invocation, Tree tree, Func<string> plain, string name, string missing = "table")
    {
        switch (invocation.Text("output") ?? missing)
        {
            case "json":
                invocation.Out.Write(JsonText.Indented(tree));
                break;
            case "yaml":
                invocation.Out.Write(YamlText.Of(tree));
                break;
            case "name":
                invocation.Out.Line(Humanise.Safe(name));
                break;
            default:
                invocation.Out.Write(plain());
                break;
        }

        return ExitCodes.Ok;
    }
}
