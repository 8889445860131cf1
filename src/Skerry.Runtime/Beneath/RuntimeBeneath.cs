namespace Skerry.Runtime.Beneath;

/// <summary>A runtime that was tried on this machine, and what it needs.</summary>
internal sealed record RuntimeBeneath
{
    /// <summary>crun or runc; the name of its state directory below the root.</summary>
    internal required string Kind { get; init; }

    /// <summary>The program's file.</summary>
    internal required string Path { get; init; }

    /// <summary>Length and time of the file: another program under the same name is tried anew.</summary>
    internal required string Stamp { get; init; }

    /// <summary>The machine's boot that it was tried in.</summary>
    internal required string Boot { get; init; }

    /// <summary>As it tells it.</summary>
    internal string Version { get; init; } = "unknown";

    /// <summary>It only runs where the unified hierarchy is covered (<see cref="Cgroups.UnifiedView"/>).</summary>
    internal bool NeedsCoveredUnified { get; init; }

    /// <summary>The ociVersion to write where it refuses newer ones; "": it takes all.</summary>
    internal string OciVersionToWrite { get; init; } = "";

    /// <summary>Why it cannot be used; "": it can.</summary>
    internal string Refusal { get; init; } = "";

    /// <summary>For messages.</summary>
    internal string Title => $"{Kind} {Version} ({Path})";

    /// <summary>Where it keeps its containers.</summary>
    internal string StateRoot(string root) => System.IO.Path.Combine(root, Kind);

    /// <summary>The verdict as text, one value a line.</summary>
    internal string ToText() =>
        string.Join('\n', "1", Kind, Path, Stamp, Boot, Version, NeedsCoveredUnified ? "covered" : "plain", OciVersionToWrite, Refusal.ReplaceLineEndings(" "));

    /// <summary>The verdict that <see cref="ToText"/> wrote, or null for anything else.</summary>
    internal static RuntimeBeneath? FromText(string text)
    {
        var lines = text.Split('\n');
        return lines is not ["1", var kind, var path, var stamp, var boot, var version, var view, var oci, var refusal]
            ? null
            : new RuntimeBeneath
            {
                Kind = kind,
                Path = path,
                Stamp = stamp,
                Boot = boot,
                Version = version,
                NeedsCoveredUnified = view == "covered",
                OciVersionToWrite = oci,
                Refusal = refusal,
            };
    }
}
