using System.Text;

namespace Skerry.Guard.Rules;

/// <summary>Puts the values of lists where their names stand in conditions. That is done to the text, before it is read, as Falco does.</summary>
/// <remarks>
/// A list in a list stands for its values where it was defined before. One that is defined later is found all the same: lists
/// are put in in their order, and what they bring is looked at again for later ones.
/// </remarks>
internal sealed class ListExpansion
{
    private const string Blanks = " \t\n\r";
    private const string Ends = Blanks + "(),=";
    private const int MaxItems = 100_000;
    private const int MaxLength = 4 << 20;
    private const long MaxTotal = 32 << 20;

    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private readonly List<(string Name, int Index)> _odd = [];
    private readonly string[] _values;

    /// <exception cref="RuleLoadException">Lists in lists have more values than lists may have.</exception>
    public ListExpansion(IReadOnlyDictionary<string, ListItem> lists)
    {
        _values = new string[lists.Count];
        ListItem[] all = [.. lists.Values];
        foreach (var (index, list) in all.Index())
        {
            List<string> items = [];
            Collect(list, lists, 0, items);
            _indexes[list.Name] = index;
            if (list.Name.AsSpan().IndexOfAny(Ends) >= 0)
            {
                _odd.Add((list.Name, index));
            }

            _values[index] = string.Join(", ", items.Select(Quote));
        }

        var total = 0L;
        for (var i = all.Length - 1; i >= 0; i--)
        {
            _values[i] = Put(_values[i], i + 1, all[i].Context);
            total += _values[i].Length;
            if (total > MaxTotal)
            {
                throw RuleLoadException.Fit($"the lists have more than {MaxTotal} characters with those in one another", all[i].Context);
            }
        }
    }

    /// <summary>Names of the lists that something names.</summary>
    public HashSet<string> Used { get; } = new(StringComparer.Ordinal);

    /// <summary>A value with quotes around it where it has blanks and no quotes.</summary>
    public static string Quote(string value) => value.Contains(' ', StringComparison.Ordinal) && value[0] is not ('"' or '\'') ? $"\"{value}\"" : value;

    /// <exception cref="RuleLoadException">The condition would become longer than a condition may be.</exception>
    public string Expand(string condition, LoadContext context) => Put(condition, 0, context);

    /// <summary>The values of a list and of the lists in it that were defined before.</summary>
    private void Collect(ListItem list, IReadOnlyDictionary<string, ListItem> lists, int depth, List<string> into)
    {
        const int Deepest = 16;
        foreach (var item in list.Items)
        {
            var inner = lists.GetValueOrDefault(item);
            if (inner is not null && inner.Index < list.Visibility)
            {
                Used.Add(inner.Name); // a list that names itself is used, and brings nothing more
            }

            if (depth < Deepest && inner is not null && inner != list && inner.Index < list.Visibility)
            {
                Collect(inner, lists, depth + 1, into);
            }
            else
            {
                into.Add(item);
            }

            if (into.Count > MaxItems)
            {
                throw RuleLoadException.Fit($"the list '{list.Name}' has more than {MaxItems} values with those of the lists in it", list.Context);
            }
        }
    }

    /// <summary>Puts values in the place of the names of lists, from one list on; for no values a comma beside the name goes too.</summary>
    private string Put(string text, int from, LoadContext context)
    {
        foreach (var odd in _odd.Where(o => o.Index >= from))
        {
            text = PutOdd(text, odd.Name, _values[odd.Index]);
        }

        var indexes = _indexes.GetAlternateLookup<ReadOnlySpan<char>>();
        StringBuilder? result = null;
        var done = 0;
        foreach (var word in text.AsSpan().SplitAny(Ends))
        {
            var (at, length) = word.GetOffsetAndLength(text.Length);
            if (!indexes.TryGetValue(text.AsSpan(at, length), out var index) || index < from)
            {
                continue;
            }

            Used.Add(text.Substring(at, length));
            result ??= new StringBuilder();
            result.Append(text, done, at - done);
            done = at + length;
            PutOne(result, text, _values[index], ref done);
            if (result.Length > MaxLength)
            {
                throw new RuleLoadException(LoadErrorCode.CompileCondition, $"the text is longer than {MaxLength} characters with the values of the lists in it", context);
            }
        }

        return result?.Append(text, done, text.Length - done).ToString() ?? text;
    }

    /// <summary>The name of a list may have blanks in it; then it is no word, and is looked for as a text between others.</summary>
    private string PutOdd(string text, string name, string values)
    {
        var result = new StringBuilder();
        var done = 0;
        for (var at = text.IndexOf(name, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            var end = at + name.Length;
            if (at >= done && (at == 0 || Ends.Contains(text[at - 1])) && (end == text.Length || Ends.Contains(text[end])))
            {
                Used.Add(name);
                result.Append(text, done, at - done);
                done = end;
                PutOne(result, text, values, ref done);
            }
        }

        return result.Append(text, done, text.Length - done).ToString();
    }

    private static void PutOne(StringBuilder result, string text, string values, ref int done)
    {
        while (result.Length > 0 && Blanks.Contains(result[^1]))
        {
            result.Length--;
        }

        while (done < text.Length && Blanks.Contains(text[done]))
        {
            done++;
        }

        if (values.Length == 0)
        {
            if (result.Length > 0 && result[^1] == ',')
            {
                result.Length--;
            }
            else if (done < text.Length && text[done] == ',')
            {
                done++;
            }
        }

        result.Append(result.Length > 0 ? " " : "").Append(values).Append(' ');
    }
}
