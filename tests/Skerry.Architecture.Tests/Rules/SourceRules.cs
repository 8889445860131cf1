using System.Text.RegularExpressions;

namespace Skerry.Architecture.Tests.Rules;

/// <summary>What the text of a source file must not hold. Each rule yields one sentence per breach, with its place.</summary>
internal static partial class SourceRules
{
    public const int TooLong = 500;
    public const int Long = 300;

    /// <summary>Where an exception of any kind may end, and why.</summary>
    private static readonly Dictionary<string, string> Borders = new(StringComparer.Ordinal)
    {
        ["Program.cs"] = "the last resort of a program: prints and exits",
        ["EntryPoint.cs"] = "the last resort of the command line: prints and exits",
        ["ErrorInterceptor.cs"] = "gRPC: becomes a status",
        ["SpawnThread.Unsafe.cs"] = "native thread: carried over and thrown to the caller",
        ["NetworkNamespace.Unsafe.cs"] = "native thread: carried over and thrown to the caller",
        ["HostedLoop.cs"] = "hosted loop: logged, and the loop goes on",
        ["Adoption.cs"] = "one pod that cannot be adopted does not keep the others from it: logged, and the pod is failed",
        ["ExecGate.Unsafe.cs"] = "a process waits for the answer: it is no, and the thread that all wait for goes on",
        ["SensorThread.cs"] = "native events: the end of the guard's thread is logged and an alert, and pods run on",
        ["ExitDesk.cs"] = "hosted loop: one exit that cannot be settled does not keep the others from it",
        ["Sweep.cs"] = "one leftover that cannot be swept keeps no node from coming up: logged, and tried at the next start",
        ["Journal.cs"] = "native thread: who gave the change is told, and the writer that all wait for goes on",
        ["GuardAnswers.cs"] = "nobody awaits an answer of the guard: logged, and an alert",
        ["PodQuarantine.cs"] = "a pod that cannot be cut off is frozen before that is told; at a start it is logged, and an alert",
        ["GuardMaintenance.cs"] = "a timer: logged, an alert, and the other windows end",
        ["NodeStart.cs"] = "a signal or a trial that nobody awaits: logged, and what was there stays",
        ["NodeDoctor.cs"] = "a check that fails is a finding",
        ["SandboxFeed.cs"] = "what one sandbox says: counted, and the others are heard",
    };

    public static IEnumerable<string> TooLongFiles(IEnumerable<SourceFile> files) =>
        from file in files
        where file.LineCount > TooLong
        select $"{file.Path} has {file.LineCount} lines; {TooLong} are the most";

    /// <summary>Imports and unsafe code belong to Skerry.Linux, and there to Interop/, Handles/ and *.Unsafe.cs.</summary>
    public static IEnumerable<string> UnsafeOutsideTheBorder(IEnumerable<SourceFile> files) =>
        from file in files
        where !IsKernelBorder(file)
        from Match word in UnsafeWord().Matches(file.Code)
        select $"{file.At(word.Index)} uses {word.Value} outside Skerry.Linux/{{Interop,Handles}}/ and *.Unsafe.cs";

    public static IEnumerable<string> Unfinished(IEnumerable<SourceFile> files) =>
        from file in files
        from Match word in UnfinishedWord().Matches(file.Text)
        select $"{file.At(word.Index)} says {word.Value}: finish it or take it out";

    /// <summary>A catch of everything that neither filters, nor throws again, nor hands on to who awaits swallows what nobody expected.</summary>
    public static IEnumerable<string> SwallowedExceptions(IEnumerable<SourceFile> files) =>
        from file in files
        where !Borders.ContainsKey(file.Name)
        from Match match in CatchAll().Matches(file.Code)
        let block = Block(file.Code, match.Index + match.Length - 1)
        where !block.Contains("throw", StringComparison.Ordinal) && !block.Contains("SetException(", StringComparison.Ordinal)
        select $"{file.At(match.Index)} catches everything and goes on; name the exceptions, throw again, or hand on (borders: {string.Join(", ", Borders.Keys)})";

    public static IEnumerable<string> UndocumentedPublicTypes(IEnumerable<SourceFile> files) =>
        from file in files
        from Match match in PublicType().Matches(file.Code)
        where !HasDocumentation(file.Text, match.Index)
        select $"{file.At(match.Index)} public type {match.Groups["name"].Value} says nothing of what it is for (/// above it)";

    private static bool IsKernelBorder(SourceFile file) =>
        file.Path.StartsWith("src/Skerry.Linux/", StringComparison.Ordinal)
        && (file.Folders.Contains("Interop", StringComparer.Ordinal) || file.Folders.Contains("Handles", StringComparer.Ordinal)
            || file.Name.EndsWith(".Unsafe.cs", StringComparison.Ordinal));

    /// <summary>The text from an opening brace to the one that closes it.</summary>
    private static string Block(string code, int open)
    {
        var depth = 0;
        for (var at = open; at < code.Length; at++)
        {
            depth += code[at] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return code[open..at];
            }
        }

        return code[open..];
    }

    /// <summary>Walks up from a declaration over its attributes to the line above.</summary>
    private static bool HasDocumentation(string text, int declaration)
    {
        var lines = text[..declaration].Split('\n');
        for (var i = lines.Length - 2; i >= 0; i--)
        {
            var line = lines[i].Trim();
            if (line.StartsWith("///", StringComparison.Ordinal))
            {
                return true;
            }

            if (!line.StartsWith('[') && !line.EndsWith(']') && !line.StartsWith('#'))
            {
                return false;
            }
        }

        return false;
    }

    [GeneratedRegex(@"\b(unsafe|LibraryImport|DllImport|UnmanagedCallersOnly|Marshal\.(AllocHGlobal|PtrToStructure))\b", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex UnsafeWord();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX|NotImplementedException)\b", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex UnfinishedWord();

    [GeneratedRegex(@"\bcatch\s*(\(\s*(System\.)?Exception(\s+\w+)?\s*\))?\s*\{", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex CatchAll();

    [GeneratedRegex(@"^public ((sealed|static|abstract|partial|readonly|ref|unsafe) )*(class|struct|record( struct| class)?|interface|enum|delegate [\w<>?\[\]]+) (?<name>\w+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 10_000)]
    private static partial Regex PublicType();
}
