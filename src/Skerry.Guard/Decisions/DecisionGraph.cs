using Skerry.Guard.Events;

namespace Skerry.Guard.Decisions;

/// <summary>Makes decisions so that equal ones are one node (hash consing), simplified as they are made.</summary>
/// <remarks>
/// Parts of "and" and "or" are flattened, stripped of doubles, and put in order of cost: tests have no effects, so the order
/// is free, and the cheap ones often settle the matter.
/// </remarks>
internal sealed class DecisionGraph
{
    /// <summary>What has more parts stays one part: it is worth deciding once for all that share it.</summary>
    private const int MostFlattened = 16;

    private readonly Dictionary<string, Decision> _nodes = new(StringComparer.Ordinal);
    private int _next;

    public DecisionGraph()
    {
        True = new Decision { Id = _next++, Kind = Decision.Shape.Fixed, Value = true };
        False = new Decision { Id = _next++, Kind = Decision.Shape.Fixed, Value = false };
    }

    public Decision True { get; }

    public Decision False { get; }

    public Decision Of(bool value) => value ? True : False;

    public Decision Leaf(Test test) => Intern("T" + test.Key, id => new Decision { Id = id, Kind = Decision.Shape.Leaf, Test = test, Cost = test.Cost });

    public Decision Not(Decision inner) => inner.Kind switch
    {
        Decision.Shape.Fixed => Of(!inner.Value),
        Decision.Shape.Not => inner.Parts[0],
        _ => Intern($"N{inner.Id}", id => new Decision { Id = id, Kind = Decision.Shape.Not, Parts = [inner], Cost = inner.Cost }),
    };

    /// <summary>"and" of the parts, or "or".</summary>
    public Decision Join(bool isAll, IEnumerable<Decision> parts)
    {
        var shape = isAll ? Decision.Shape.All : Decision.Shape.Any;
        List<Decision> kept = [];
        HashSet<int> ids = [];
        foreach (var part in parts.SelectMany(p => p.Kind == shape && p.Parts.Count <= MostFlattened ? p.Parts : [p]))
        {
            if (part.Kind == Decision.Shape.Fixed)
            {
                if (part.Value != isAll)
                {
                    return part;
                }
            }
            else if (ids.Add(part.Id))
            {
                kept.Add(part);
            }
        }

        if (kept.Exists(k => k.Kind == Decision.Shape.Not && ids.Contains(k.Parts[0].Id)))
        {
            return Of(!isAll);
        }

        if (kept.Count < 2)
        {
            return kept.Count == 0 ? Of(isAll) : kept[0];
        }

        Decision[] ordered = [.. kept.OrderBy(static k => k.Cost)];
        var key = (isAll ? "A" : "O") + string.Join(',', ordered.Select(static k => k.Id).Order());
        return Intern(key, id => new Decision { Id = id, Kind = shape, Parts = ordered, Cost = CostOf(ordered) });
    }

    /// <summary>A decision for events of one kind: tests that the kind decides are taken out.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="ofType">An event of that kind and nothing else.</param>
    /// <param name="known">What was found before for the same kind.</param>
    public Decision Specialise(Decision decision, KernelEvent ofType, Dictionary<int, Decision> known)
    {
        if (known.TryGetValue(decision.Id, out var found))
        {
            return found;
        }

        var special = decision.Kind switch
        {
            Decision.Shape.Leaf when decision.Test!.IsOfType => Of(decision.Test.Holds(ofType)),
            Decision.Shape.Not => Not(Specialise(decision.Parts[0], ofType, known)),
            Decision.Shape.All or Decision.Shape.Any =>
                Join(decision.Kind == Decision.Shape.All, decision.Parts.Select(p => Specialise(p, ofType, known))),
            _ => decision,
        };
        known[decision.Id] = special;
        return special;
    }

    /// <summary>Macros in macros add up without end; beyond this all are dear alike.</summary>
    private static int CostOf(Decision[] parts)
    {
        const long Most = 1_000_000;
        return (int)Math.Min(Most, parts.Sum(static k => (long)k.Cost));
    }

    private Decision Intern(string key, Func<int, Decision> make)
    {
        if (!_nodes.TryGetValue(key, out var node))
        {
            node = make(_next++);
            _nodes[key] = node;
        }

        return node;
    }
}
