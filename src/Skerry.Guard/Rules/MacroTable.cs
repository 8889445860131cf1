using Skerry.Guard.Conditions;

namespace Skerry.Guard.Rules;

/// <summary>The macros of a compilation: which exist, which may name which, and which somebody uses.</summary>
internal sealed class MacroTable
{
    private const int DeepestNesting = 200;

    private static readonly string TooDeep = $"macros in macros deeper than {DeepestNesting}";

    private readonly Dictionary<string, (MacroItem Item, ConditionUnit Unit)> _macros = new(StringComparer.Ordinal);

    /// <exception cref="RuleLoadException">A macro is no condition, names what is not there, or names itself.</exception>
    public MacroTable(IReadOnlyDictionary<string, MacroItem> macros, ListExpansion lists)
    {
        foreach (var macro in macros.Values)
        {
            var text = lists.Expand(macro.Condition, macro.ConditionContext);
            _macros[macro.Name] = (macro, ConditionUnit.Read(text, macro.ConditionContext));
        }

        Dictionary<string, int> depths = new(StringComparer.Ordinal);
        foreach (var (item, unit) in _macros.Values)
        {
            Check(unit, item.Visibility);
            Depth(item.Name, depths);
        }
    }

    /// <summary>Macros that some macro or rule names.</summary>
    public HashSet<string> Used { get; } = new(StringComparer.Ordinal);

    public ConditionUnit Unit(string name) => _macros[name].Unit;

    /// <summary>Refuses names that mean nothing.</summary>
    /// <param name="unit">The condition.</param>
    /// <param name="visibility">Macros that were first defined before this may be named.</param>
    public void Check(ConditionUnit unit, int visibility = int.MaxValue)
    {
        foreach (var use in Names(unit.Condition))
        {
            if (!_macros.TryGetValue(use.Name, out var macro) || macro.Item.Index >= visibility)
            {
                throw RuleLoadException.Fit($"there is no macro '{use.Name}' here", unit.At(use.Position));
            }

            Used.Add(use.Name);
        }
    }

    /// <summary>The names of macros in a condition.</summary>
    public static IEnumerable<Condition.Macro> Names(Condition condition) => condition switch
    {
        Condition.Macro macro => [macro],
        Condition.Not not => Names(not.Inner),
        Condition.All all => all.Parts.SelectMany(Names),
        Condition.Any any => any.Parts.SelectMany(Names),
        _ => [],
    };

    /// <summary>How deep macros are in one another; a loop has no depth.</summary>
    private int Depth(string name, Dictionary<string, int> depths, int open = 0)
    {
        const int Open = -1;
        if (depths.TryGetValue(name, out var known) && known != Open)
        {
            return known;
        }

        var unit = _macros[name].Unit;
        if (known == Open || open > DeepestNesting)
        {
            throw RuleLoadException.Fit(known == Open ? $"the macro '{name}' names itself, by way of others" : TooDeep, unit.Context);
        }

        depths[name] = Open;
        var depth = 0;
        foreach (var use in Names(unit.Condition))
        {
            if (!_macros.ContainsKey(use.Name))
            {
                throw RuleLoadException.Fit($"there is no macro '{use.Name}'", unit.At(use.Position));
            }

            depth = Math.Max(depth, 1 + Depth(use.Name, depths, open + 1));
        }

        return depths[name] = depth <= DeepestNesting ? depth : throw RuleLoadException.Fit(TooDeep, unit.Context);
    }
}
