using System.Globalization;
using Skerry.Guard.Yaml;

namespace Skerry.Guard.Rules;

/// <summary>Reads values of an item of a rule file and says where they are not what they should be.</summary>
internal static class ItemReader
{
    /// <summary>The names of priorities in any case; one has two.</summary>
    private static readonly Dictionary<string, Priority> Priorities = Enum.GetValues<Priority>()
        .Select(static p => new KeyValuePair<string, Priority>(p.ToString(), p)).Append(new("info", Rules.Priority.Informational))
        .ToDictionary(StringComparer.OrdinalIgnoreCase);

    public static string Text(YamlNode item, string key, LoadContext context) => Scalar(item[key], key, context);

    public static string? OptionalText(YamlNode item, string key, LoadContext context, bool mayBeEmpty = false)
    {
        var value = item[key];
        if (value is null || (mayBeEmpty && (value.IsNull || (value.IsScalar && value.Text.Length == 0))))
        {
            return null;
        }

        return Scalar(value, key, context);
    }

    public static bool Flag(YamlNode item, string key, LoadContext context)
    {
        var text = Text(item, key, context);
        var lower = text.ToLowerInvariant();
        var isOfOneCase = text == lower || text == text.ToUpperInvariant() || text[1..] == lower[1..];
        return lower switch
        {
            "true" or "yes" or "on" or "y" when isOfOneCase => true,
            "false" or "no" or "off" or "n" when isOfOneCase => false,
            _ => throw RuleLoadException.Form($"'{text}' is neither true nor false", ValueOf(item, key, context)),
        };
    }

    public static bool? OptionalFlag(YamlNode item, string key, LoadContext context) => item[key] is null ? null : Flag(item, key, context);

    public static uint Number(YamlNode item, string key, LoadContext context)
    {
        var text = Text(item, key, context);
        return TryNumber(text, out var number) ? number : throw RuleLoadException.Form($"'{text}' is no number", ValueOf(item, key, context));
    }

    public static uint? OptionalNumber(YamlNode item, string key, LoadContext context) => item[key] is null ? null : Number(item, key, context);

    /// <summary>A number as C++ reads it: hexadecimal after 0x, octal after 0.</summary>
    public static bool TryNumber(string text, out uint number)
    {
        var digits = text is ['+', ..] ? text[1..] : text;
        number = 0;
        switch (digits)
        {
            case ['0', 'x' or 'X', ..]:
                return uint.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
            case ['0', _, ..]:
                var octal = 0UL;
                foreach (var digit in digits)
                {
                    octal = digit is >= '0' and <= '7' && octal <= uint.MaxValue ? (octal * 8) + digit - '0' : ulong.MaxValue;
                }

                number = octal <= uint.MaxValue ? (uint)octal : 0;
                return octal <= uint.MaxValue;
            default:
                return uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        }
    }

    public static Priority Priority(YamlNode item, LoadContext context)
    {
        var text = Text(item, "priority", context);
        return Priorities.TryGetValue(text, out var priority) ? priority
            : throw RuleLoadException.Form($"'{text}' is no priority", context.At(item["priority"]!, ItemKinds.RulePriority));
    }

    /// <summary>The scalars of a sequence; null where it may be missing and is.</summary>
    public static List<string>? Sequence(YamlNode item, string key, LoadContext context, bool isOptional)
    {
        if (item[key] is not { } sequence)
        {
            return isOptional ? null : throw RuleLoadException.Form($"the key '{key}' is missing", context);
        }

        var at = context.At(sequence, ItemKinds.ValueFor, key);
        if (!sequence.IsSequence)
        {
            throw RuleLoadException.Form("expected a sequence", at);
        }

        List<string> items = [];
        foreach (var value in sequence.Items)
        {
            items.Add(value.IsScalar ? value.Text : throw RuleLoadException.Form("expected a single value in the sequence", at.At(value, ItemKinds.ListItem)));
        }

        return items;
    }

    /// <summary>Warns of keys that mean nothing.</summary>
    public static void WarnOfUnknownKeys(YamlNode item, IReadOnlyCollection<string> known, LoadResult result, LoadContext context)
    {
        foreach (var (key, _) in item.Entries.Where(e => !known.Contains(e.Key.Text)))
        {
            result.Warn(LoadWarningCode.UnknownKey, $"the key '{key.Text}' is not known and is left out", context);
        }
    }

    private static LoadContext ValueOf(YamlNode item, string key, LoadContext context) => context.At(item[key]!, ItemKinds.ValueFor, key);

    private static string Scalar(YamlNode? value, string key, LoadContext context)
    {
        if (value is null)
        {
            throw RuleLoadException.Form($"the key '{key}' is missing", context);
        }

        if (value.IsNull)
        {
            throw RuleLoadException.Form($"the key '{key}' has no value", context);
        }

        var at = context.At(value, ItemKinds.ValueFor, key);
        if (!value.IsScalar)
        {
            throw RuleLoadException.Form("expected a single value", at);
        }

        return value.Text.Length > 0 ? value.Text : throw RuleLoadException.Form("the value is empty", at);
    }
}
