namespace Skerry.Architecture.Tests;

/// <summary>The working tree that these tests were built from, as text: what git would hold, without build output.</summary>
internal static class Repository
{
    private static readonly string[] Output = ["bin", "obj", "artifacts", "TestResults", ".git", "BenchmarkDotNet.Artifacts"];

    /// <summary>The directory that holds Skerry.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every C# file below src, tests, bench and samples, read once.</summary>
    public static IReadOnlyList<SourceFile> Sources { get; } =
        [.. Files("*.cs").Select(static path => new SourceFile(path, File.ReadAllText(Absolute(path))))];

    /// <summary>C# files of what is shipped.</summary>
    public static IEnumerable<SourceFile> Shipped => Sources.Where(static s => s.Path.StartsWith("src/", StringComparison.Ordinal));

    /// <summary>C# files of the tests, but not of these tests, whose examples break the rules on purpose.</summary>
    public static IEnumerable<SourceFile> Tests =>
        Sources.Where(static s => s.Path.StartsWith("tests/", StringComparison.Ordinal) && !s.Path.Contains("/Skerry.Architecture.Tests/", StringComparison.Ordinal));

    /// <summary>Paths from the root, with forward slashes, of files whose name matches <paramref name="pattern"/>.</summary>
    public static IEnumerable<string> Files(string pattern) => Walk(Root, pattern).Select(static p => Path.GetRelativePath(Root, p)).Order(StringComparer.Ordinal);

    /// <summary>Paths from the root of all directories of the working tree.</summary>
    public static IEnumerable<string> Directories() => Folders(Root).Select(static p => Path.GetRelativePath(Root, p));

    /// <summary>The text of a file, by its path from the root.</summary>
    public static string Read(string path) => File.ReadAllText(Absolute(path));

    public static bool Exists(string path) => File.Exists(Absolute(path));

    private static string Absolute(string path) => Path.Combine(Root, path);

    private static IEnumerable<string> Walk(string directory, string pattern) =>
        Directory.EnumerateFiles(directory, pattern).Concat(Folders(directory).SelectMany(d => Directory.EnumerateFiles(d, pattern)));

    private static IEnumerable<string> Folders(string directory) =>
        Directory.EnumerateDirectories(directory)
            .Where(static d => !Output.Contains(Path.GetFileName(d), StringComparer.Ordinal) && new DirectoryInfo(d).LinkTarget is null)
            .SelectMany(static d => Folders(d).Prepend(d));

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Skerry.slnx")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"no Skerry.slnx above {AppContext.BaseDirectory}: run these tests from the working tree they were built in");
    }
}
