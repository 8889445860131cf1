using System.Text.RegularExpressions;

namespace Skerry.Architecture.Tests.Rules;

/// <summary>Names that say nothing, for folders and types, and interfaces that nobody needs.</summary>
internal static partial class NamingRules
{
    private static readonly string[] EmptyFolders = ["Models", "Services", "Interfaces", "Helpers", "Helper", "Utils", "Utilities", "Common", "Misc", "Managers"];
    private static readonly string[] EmptySuffixes = ["Manager", "Helper", "Helpers", "Utils", "Utility", "Service", "Processor", "Impl", "Info", "Data"];

    /// <summary>gRPC generates XBase for a service X; the class behind it may be called what it is.</summary>
    private static readonly string[] Doors = ["Api", "Cri", "Hub"];

    public static IEnumerable<string> Folders(IEnumerable<string> directories) =>
        from directory in directories
        let name = Path.GetFileName(directory)
        where EmptyFolders.Contains(name, StringComparer.Ordinal)
        select $"{directory}: a folder is a concept, and {name} is none";

    public static IEnumerable<string> Types(IEnumerable<SourceFile> files) =>
        from file in files
        from Match match in TypeDeclaration().Matches(file.Code)
        let name = match.Groups["name"].Value
        let suffix = EmptySuffixes.FirstOrDefault(s => name.EndsWith(s, StringComparison.Ordinal))
        where suffix is not null && !(suffix == "Service" && file.Folders.Any(f => Doors.Contains(f, StringComparer.Ordinal)))
        select $"{file.At(match.Index)} type {name}: say what it is, not that it is a {suffix}";

    /// <summary>An interface has two implementations (one may be in the tests), or says in its comment that it is a seam, and between what.</summary>
    public static IEnumerable<string> LonelyInterfaces(IReadOnlyCollection<SourceFile> declaring, IReadOnlyCollection<SourceFile> implementing) =>
        from file in declaring
        from Match match in InterfaceDeclaration().Matches(file.Code)
        let name = match.Groups["name"].Value
        where !Comment(file.Text, match.Groups["name"].Index).Contains("seam", StringComparison.OrdinalIgnoreCase)
        let count = implementing.Sum(f => Implementations(f, name))
        where count < 2
        select $"{file.At(match.Groups["name"].Index)} interface {name} has {count} implementation(s): use the class, or say in its comment what seam it is";

    private static int Implementations(SourceFile file, string name) =>
        BaseList().Matches(file.Code).Count(m => Word(name).IsMatch(m.Groups["bases"].Value));

    private static Regex Word(string name) => new($@"\b{Regex.Escape(name)}\b", RegexOptions.None, TimeSpan.FromSeconds(10));

    private static string Comment(string text, int declaration)
    {
        var lines = text[..declaration].Split('\n');
        return string.Join('\n', lines.Reverse().Skip(1).TakeWhile(static l => l.TrimStart().StartsWith("///", StringComparison.Ordinal) || l.TrimStart().StartsWith('[')));
    }

    [GeneratedRegex(@"\b(class|struct|record|interface|enum)\s+(?<name>[A-Z]\w*)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"^\s*(public |internal |private |protected |partial )*interface\s+(?<name>I\w+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 10_000)]
    private static partial Regex InterfaceDeclaration();

    [GeneratedRegex(@"\b(class|struct|record)\s+\w+(<[^>]*>)?\s*(\([^{;]*\))?\s*:\s*(?<bases>[^{;]*)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex BaseList();
}
