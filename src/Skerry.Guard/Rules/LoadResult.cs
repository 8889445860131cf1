using System.Text;

namespace Skerry.Guard.Rules;

/// <summary>What came of loading a file of rules, after all files before it.</summary>
public sealed class LoadResult
{
    private readonly List<LoadError> _errors = [];
    private readonly List<LoadWarning> _warnings = [];

    internal LoadResult(string name) => Name = name;

    /// <summary>Name of the file.</summary>
    public string Name { get; }

    /// <summary>True where there is no error.</summary>
    public bool IsSuccessful => _errors.Count == 0;

    /// <summary>Errors; loading stops at the first.</summary>
    public IReadOnlyList<LoadError> Errors => _errors;

    /// <summary>Warnings.</summary>
    public IReadOnlyList<LoadWarning> Warnings => _warnings;

    /// <summary>What does not follow the schema of rule files, which does not keep a file from being used; null where the file is no YAML.</summary>
    public IReadOnlyList<string>? SchemaWarnings { get; internal set; }

    /// <summary>The result for a file that could not be read.</summary>
    public static LoadResult Unreadable(string name, string reason)
    {
        var result = new LoadResult(name);
        result.Add(new LoadError(LoadErrorCode.FileRead, reason, LoadContext.OfFile(name, "")));
        return result;
    }

    /// <summary>One line on the file and one each for its errors and warnings.</summary>
    public string Summary()
    {
        var text = new StringBuilder(Headline());
        Append(text, "schema warnings", SchemaWarnings ?? []);
        Append(text, "errors", [.. _errors.Select(static e => $"{LoadCodes.NameOf(e.Code)} ({LoadCodes.MeaningOf(e.Code)})")]);
        Append(text, "warnings", [.. _warnings.Select(static w => $"{LoadCodes.NameOf(w.Code)} ({LoadCodes.MeaningOf(w.Code)})")]);
        return text.ToString();
    }

    /// <summary>Everything, with the lines of the file that are meant. Lines and columns count from 1.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Headline());
        if (SchemaWarnings is { Count: > 0 } schema)
        {
            text.Append($"\n{schema.Count} Schema warnings:\n").AppendJoin("", schema.Select(static s => $"------\n{s}\n")).Append("------\n");
        }

        if (_errors.Count > 0)
        {
            text.Append($"\n{_errors.Count} Errors:\n");
            foreach (var error in _errors)
            {
                Append(text, error.Context, $"{LoadCodes.NameOf(error.Code)} ({LoadCodes.MeaningOf(error.Code)}): {error.Message}");
            }
        }

        if (_warnings.Count > 0)
        {
            text.Append($"\n{_warnings.Count} Warnings:\n");
            foreach (var warning in _warnings)
            {
                Append(text, warning.Context, $"{LoadCodes.NameOf(warning.Code)} ({LoadCodes.MeaningOf(warning.Code)}): {warning.Message}");
            }
        }

        return text.ToString();
    }

    internal void Add(LoadError error) => _errors.Add(error);

    internal void Add(LoadWarning warning) => _warnings.Add(warning);

    internal void Warn(LoadWarningCode code, string message, LoadContext context) => _warnings.Add(new LoadWarning(code, message, context));

    internal void WarnOfField(string field, string message, LoadContext context) =>
        _warnings.Add(new LoadWarning(LoadWarningCode.DeprecatedItem, message, context) { DeprecatedField = field });

    private string Headline() => $"{Name}: {(IsSuccessful ? "Ok" : "Invalid")}{(IsSuccessful && _warnings.Count > 0 ? ", with warnings" : "")}";

    private static void Append(StringBuilder text, string what, IReadOnlyList<string> codes)
    {
        if (codes.Count > 0)
        {
            text.Append($"\n {codes.Count} {what}: [{string.Join(' ', codes)}]");
        }
    }

    private static void Append(StringBuilder text, LoadContext context, string message)
    {
        var first = true;
        foreach (var place in context.Places)
        {
            var name = place.ItemName.Length > 0 ? $" '{place.ItemName}'" : "";
            var (line, column) = place == context.Place && context.InContent is { } position ? (Math.Max(1, position.Line), Math.Max(1, position.Column)) : (place.Line + 1, place.Column + 1);
            text.Append(first ? "In " : "    ").Append($"{place.ItemKind}{name}: ({place.Source}:{line}:{column})\n");
            first = false;
        }

        text.Append($"------\n{LoadSnippet.Of(context)}------\n{message}\n");
    }
}
