using System.Globalization;
using Google.Protobuf;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry trust fetch</c> and <c>skerry trust roots</c>: trusted roots from repositories of The Update Framework.</summary>
internal static class TrustFetch
{
    internal static Command Table() => new("fetch", "get a trusted root from a repository of The Update Framework, or bring it up to date")
    {
        Operands = "NAME",
        MinOperands = 1,
        MaxOperands = 1,
        Options =
        [
            Option.One("root", "FILE", "the repository's root.json, which you got by another way; the first time", completes: Completes.File),
            Option.One("from", "URL|DIR", "where the repository's metadata is (default: as the last time)", completes: Completes.File),
            Option.One("targets", "URL|DIR", "where its targets are (default: targets below the metadata)", completes: Completes.File),
            Option.One("target", "FILE", "what is wanted of it (default: as the last time, or trusted_root.json)"),
            Listing.Format,
        ],
        Notes = """
            It is written as roots/NAME.json beside the policies, which name it so: root = "roots/NAME.json". The node looks for a newer one once a day.
            When the repository is away or cannot be trusted, what is there stays, and `skerry doctor` says since when.
            """,
        Examples =
        [
            ("skerry trust fetch sigstore --root root.json --from https://tuf.example", "begin with a root that you trust"),
            ("skerry trust fetch sigstore", "the newest, now"),
            ("skerry trust fetch sigstore --from /media/stick/tuf", "on a node that is never online"),
        ],
        Run = static i =>
        {
            var answer = i.Node.Call(NodeMethods.FetchRoot, new FetchRootRequest
            {
                Name = i.Operands[0],
                Root = i.Text("root") is { } file ? ByteString.CopyFrom(TrustAdd.Read(file)) : ByteString.Empty,
                From = Place(i, "from"),
                Targets = Place(i, "targets"),
                Target = i.Text("target") ?? "",
            });
            Listing.PrintOne(i, TrustTrees.Of(answer.Root).Add("changed", answer.Changed), () => Humanise.Safe($"{answer.Root.File}: {(answer.Changed ? "new" : "as it was")}; root version {answer.Root.Version} of {answer.Root.From}") + "\n", answer.Root.Name);
            return ExitCodes.Ok;
        },
    };

    internal static Command List() => new("roots", "list the trusted roots that come from repositories")
    {
        Options = [Listing.Format],
        Examples = [("skerry trust roots", "from where, and how new they are")],
        Run = static i =>
        {
            Listing.Print(i, i.Node.Call(NodeMethods.ListRoots, new ListRootsRequest()).Roots, Table, TrustTrees.Of, static r => r.Name);
            return ExitCodes.Ok;
        },
    };

    /// <summary>A directory is the node's: its path is completed here.</summary>
    private static string Place(Invocation invocation, string option) =>
        invocation.Text(option) is not { } place ? "" : place.Contains("://", StringComparison.Ordinal) ? place : Path.GetFullPath(place);

    private static Table Table(IReadOnlyList<TrustRoot> roots)
    {
        var table = new Table("NAME", "FILE", "ROOT", "FROM", "NEWEST ON", "PROBLEM");
        foreach (var root in roots)
        {
            table.Row(root.Name, root.File, root.Version.ToString(CultureInfo.InvariantCulture), root.From, root.FetchedAt is { } at ? at.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : "", root.Problem);
        }

        return table;
    }
}
