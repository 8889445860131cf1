namespace Skerry.Node.Isolation.Jails;

/// <summary>A program of the node that runs in a jail, and what it needs there.</summary>
internal sealed record JailProgram
{
    /// <summary>Names the root for people: letters, digits and '-'.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute path of the program on the node.</summary>
    public required string Path { get; init; }

    /// <summary>Libraries that it loads by itself, absolute; in the jail they are in /lib, with what they need.</summary>
    public IReadOnlyList<string> Libraries { get; init; } = [];

    /// <summary>Further files: where in the jail (absolute, clean), and where on the node. A library among them brings what it needs.</summary>
    public IReadOnlyList<(string Destination, string Source)> Files { get; init; } = [];

    /// <summary>Further static programs: where in the jail (absolute, clean), and where on the node.</summary>
    public IReadOnlyList<(string Destination, string Source)> Programs { get; init; } = [];

    /// <summary>Empty files, at which something is shown later by a bind mount.</summary>
    public IReadOnlyList<string> Places { get; init; } = [];

    /// <summary>Where the program is in its jail.</summary>
    internal string Inside => "/bin/" + System.IO.Path.GetFileName(Path);

    /// <summary>All of it as text: equal texts ask for equal roots.</summary>
    public override string ToString() =>
        string.Join('\n', [Name, Path, .. Libraries.Select(static l => "l " + l), .. Files.Select(static f => $"f {f.Destination} {f.Source}"), .. Programs.Select(static p => $"x {p.Destination} {p.Source}"), .. Places.Select(static p => "p " + p)]);
}
