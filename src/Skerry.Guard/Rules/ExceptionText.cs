using System.Text;
using Skerry.Guard.Conditions;

namespace Skerry.Guard.Rules;

/// <summary>Writes exceptions of a rule into its condition: "(condition) and not (…) and not (…)".</summary>
internal static class ExceptionText
{
    /// <exception cref="RuleLoadException">Values do not go with the fields.</exception>
    public static string Add(RuleDraft rule)
    {
        if (rule.Exceptions.Count == 0)
        {
            return rule.Condition;
        }

        var condition = new StringBuilder().Append('(').Append(rule.Condition).Append(')');
        foreach (var exception in rule.Exceptions.Where(static e => e.Values.Count > 0))
        {
            condition.Append(" and not ").Append(exception.Fields!.IsList ? OfFields(exception) : OfField(exception));
        }

        return condition.ToString();
    }

    private static string OfField(ExceptionItem exception)
    {
        if (exception.Values.Exists(static v => v.IsList))
        {
            throw RuleLoadException.Fit($"the exception '{exception.Name}' has one field: each of its values is one value", exception.Context);
        }

        var values = string.Join(", ", exception.Values.Select(static v => ListExpansion.Quote(v.Text)));
        return $"({exception.Fields!.Text} {exception.Comparisons!.Text.Trim()} ({values}))";
    }

    private static string OfFields(ExceptionItem exception)
    {
        // The blank before a field is Falco's: places in the text are the same.
        var fields = exception.Fields!.Items!;
        var rows = exception.Values.Select(row => row.Items?.Count == fields.Count
            ? $"({string.Join(" and ", fields.Select((field, i) => $" {field.Text} {exception.Comparisons!.Items![i].Text.Trim()} {Value(row.Items[i], exception.Comparisons.Items[i].Text)}"))})"
            : throw RuleLoadException.Fit($"the exception '{exception.Name}' has {fields.Count} fields and a row with another number of values", exception.Context));
        return $"({string.Join(" or ", rows)})";
    }

    private static string Value(ExceptionValue value, string comparison)
    {
        if (value.IsList)
        {
            return $"({string.Join(", ", value.Items!.Select(static v => ListExpansion.Quote(v.Text)))})";
        }

        // A list by its name, or one value where a list is expected.
        return Comparison.Parse(comparison) is { TakesList: true } ? (value.Text.StartsWith('(') ? value.Text : $"({value.Text})") : ListExpansion.Quote(value.Text);
    }
}
