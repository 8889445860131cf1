namespace Skerry.Guard.Alerts;

/// <summary>The words by which a person says what follows on an alert: in a configuration, and to a replay.</summary>
public static class AnswerWords
{
    /// <summary>What a hook's name is put behind.</summary>
    public const string HookPrefix = "hook:";

    /// <summary>Beside any other.</summary>
    public const string Capture = "capture";

    /// <summary>What may follow on an alert, one of them for a rule.</summary>
    public static IReadOnlyList<string> Actions { get; } = ["alert", "deny", "kill", "kill-container", "pause", "quarantine", "restart"];

    /// <summary>Why a word is none of them; null where it is one.</summary>
    public static string? Refute(string word) => word == Capture || (word.StartsWith(HookPrefix, StringComparison.Ordinal) && word.Length > HookPrefix.Length) || Actions.Contains(word, StringComparer.Ordinal)
        ? null
        : $"'{word}' is not one of \"{string.Join("\", \"", Actions)}\", \"{Capture}\", \"{HookPrefix}NAME\"";
}
