using Skerry.Guard.Conditions;
using Skerry.Guard.Fields;

namespace Skerry.Guard.Rules;

/// <summary>Lists, macros and rules of all files so far. A later definition takes the place of an earlier one of the same name, where that stood.</summary>
internal sealed class RuleCollection
{
    /// <summary>The source whose events the guard has.</summary>
    public const string Syscall = "syscall";

    private readonly OrderedDictionary<string, ListItem> _lists = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, MacroItem> _macros = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, RuleDraft> _rules = new(StringComparer.Ordinal);
    private int _next;

    public IReadOnlyDictionary<string, ListItem> Lists => _lists;

    public IReadOnlyDictionary<string, MacroItem> Macros => _macros;

    public IReadOnlyDictionary<string, RuleDraft> Rules => _rules;

    /// <summary>Values of a list, with those of the lists in it; a list that names itself brings nothing more.</summary>
    public IReadOnlyList<string> ItemsOf(string name)
    {
        List<string> values = [];
        Collect(name, [], values);
        return values;
    }

    public void Define(ListItem list) => Define(_lists, list);

    public void Append(ListItem list)
    {
        var known = _lists.GetValueOrDefault(list.Name) ?? throw RuleLoadException.Fit($"there is no list '{list.Name}' to add to", list.Context);
        known.Items.AddRange(list.Items);
        known.Visibility = _next++;
    }

    public void Define(MacroItem macro) => Define(_macros, macro);

    public void Append(MacroItem macro)
    {
        var known = _macros.GetValueOrDefault(macro.Name) ?? throw RuleLoadException.Fit($"there is no macro '{macro.Name}' to add to", macro.Context);
        known.Condition += " " + macro.Condition;
        known.Visibility = _next++;
    }

    public void Define(RuleDraft rule, LoadResult result)
    {
        RequireSameSource(_rules.GetValueOrDefault(rule.Name), rule.Source, rule.Context);
        if (rule.Source != Syscall)
        {
            rule.IsSourceUnknown = true;
            result.Warn(LoadWarningCode.UnknownSource, $"there is no source '{rule.Source}'; the rule is left out", rule.Context);
        }

        foreach (var exception in rule.Exceptions)
        {
            Check(exception, rule.IsSourceUnknown);
        }

        Define(_rules, rule);
    }

    public void Append(RuleChange change)
    {
        var rule = Find(change, "to add to");
        if (change.IsEmpty)
        {
            throw RuleLoadException.Fit("an addition to a rule needs a condition or exceptions", change.Context);
        }

        rule.Condition = Join(rule.Condition, change.Condition);
        rule.Output = Join(rule.Output, change.Output);
        rule.Description = Join(rule.Description, change.Description);
        rule.Tags.UnionWith(change.Tags ?? []);
        foreach (var exception in change.Exceptions ?? [])
        {
            Append(rule, exception);
        }

        rule.Visibility = _next++;
    }

    public void Replace(RuleChange change)
    {
        var rule = Find(change, "to change");
        if (change.IsEmpty)
        {
            throw RuleLoadException.Fit("a change of a rule needs something that can be replaced", change.Context);
        }

        foreach (var exception in change.Exceptions ?? [])
        {
            Check(exception, rule.IsSourceUnknown);
        }

        rule.Condition = change.Condition ?? rule.Condition;
        rule.Output = change.Output ?? rule.Output;
        rule.Description = change.Description ?? rule.Description;
        rule.Tags = change.Tags ?? rule.Tags;
        rule.Exceptions = change.Exceptions ?? rule.Exceptions;
        rule.Priority = change.Priority ?? rule.Priority;
        rule.Captures = change.Captures ?? rule.Captures;
        rule.CaptureMilliseconds = change.CaptureMilliseconds ?? rule.CaptureMilliseconds;
        rule.IsEnabled = change.IsEnabled ?? rule.IsEnabled;
        rule.WarnsOfTypes = change.WarnsOfTypes ?? rule.WarnsOfTypes;
        rule.IsSkippedIfUnknown = change.IsSkippedIfUnknown ?? rule.IsSkippedIfUnknown;
        rule.Visibility = _next++;
    }

    public void Enable(string name, bool isEnabled, LoadContext context)
    {
        var rule = _rules.GetValueOrDefault(name) ?? throw RuleLoadException.Fit($"there is no rule '{name}' to enable or disable", context);
        rule.IsEnabled = isEnabled;
    }

    private static string Join(string text, string? more) => string.IsNullOrEmpty(more) ? text : $"{text} {more}";

    private static void RequireSameSource(RuleDraft? known, string source, LoadContext context)
    {
        if (known is not null && source.Length > 0 && known.Source != source)
        {
            throw RuleLoadException.Fit($"the rule was for the source '{known.Source}' before, and is for '{source}' here", context);
        }
    }

    private static void Append(RuleDraft rule, ExceptionItem exception)
    {
        if (rule.Exceptions.Find(e => e.Name == exception.Name) is not { } known)
        {
            if (exception.Values.Count == 0)
            {
                throw RuleLoadException.Fit($"the rule has no exception '{exception.Name}' yet: the new one needs values", exception.Context);
            }

            Check(exception, rule.IsSourceUnknown);
            rule.Exceptions.Add(exception);
            return;
        }

        if (exception.Fields is { IsPresent: true } || exception.Comparisons is { IsPresent: true })
        {
            throw RuleLoadException.Fit($"the exception '{exception.Name}' is there already: only values can be added", exception.Context);
        }

        known.Values.AddRange(exception.Values);
    }

    /// <summary>Fields and comparisons must go together; what is left out of the comparisons is put in.</summary>
    private static void Check(ExceptionItem exception, bool isSourceUnknown)
    {
        if (exception.Fields is not { IsPresent: true } fields)
        {
            throw RuleLoadException.Fit($"the exception '{exception.Name}' needs fields", exception.Context);
        }

        if (fields.IsList)
        {
            var comparisons = exception.Comparisons is { IsPresent: true } written ? written : new ExceptionValue("", [.. fields.Items!.Select(static _ => new ExceptionValue("=", null))]);
            if (!comparisons.IsList || comparisons.Items!.Count != fields.Items!.Count)
            {
                throw RuleLoadException.Fit($"the exception '{exception.Name}' has {fields.Items!.Count} fields and not as many comps", exception.Context);
            }

            if (comparisons.Items.FirstOrDefault(static c => Comparison.Parse(c.Text) is null) is { } unknown)
            {
                throw RuleLoadException.Fit($"'{unknown.Text}' is no operator", exception.Context);
            }

            exception.Comparisons = comparisons;
        }
        else
        {
            exception.Comparisons = exception.Comparisons is { IsPresent: true } written ? written : new ExceptionValue("in", null);
            if (exception.Comparisons.IsList)
            {
                throw RuleLoadException.Fit($"the exception '{exception.Name}' has one field, so that its comps is one operator", exception.Context);
            }

            if (Comparison.Parse(exception.Comparisons.Text) is not { TakesList: true })
            {
                throw RuleLoadException.Fit(
                    $"the exception '{exception.Name}' has one field: its comps is in, pmatch, intersects or an operator with oneof, anyof or allof", exception.Context);
            }
        }

        foreach (var field in isSourceUnknown ? [] : fields.Items ?? [fields])
        {
            RequireField(field.Text, exception.Context);
        }
    }

    private static void RequireField(string text, LoadContext context)
    {
        try
        {
            if (ConditionParser.ParseOperand(text) is { } read && read.Length == text.Length)
            {
                Sources.SourceCompiler.Compile(read.Operand);
                return;
            }
        }
        catch (Exception e) when (e is ConditionSyntaxException or FieldException)
        {
            throw RuleLoadException.Fit($"'{text}' is no field: {e.Message}", context);
        }

        throw RuleLoadException.Fit($"'{text}' is no field", context);
    }

    private RuleDraft Find(RuleChange change, string purpose)
    {
        var rule = _rules.GetValueOrDefault(change.Name) ?? throw RuleLoadException.Fit($"there is no rule '{change.Name}' {purpose}", change.Context);
        RequireSameSource(rule, change.Source, change.Context);
        return rule;
    }

    private void Define<T>(OrderedDictionary<string, T> items, T item)
        where T : RuleItem
    {
        item.Visibility = _next++;
        item.Index = items.GetValueOrDefault(item.Name)?.Index ?? item.Visibility;
        items[item.Name] = item;
    }

    private void Collect(string name, HashSet<string> seen, List<string> values)
    {
        if (!seen.Add(name))
        {
            return;
        }

        foreach (var item in _lists.GetValueOrDefault(name)?.Items ?? [])
        {
            if (_lists.ContainsKey(item))
            {
                Collect(item, seen, values);
            }
            else
            {
                values.Add(item is ['"', .., '"'] or ['\'', .., '\''] ? item[1..^1] : item);
            }
        }
    }
}
