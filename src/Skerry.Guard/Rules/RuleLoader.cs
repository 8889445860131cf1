using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Yaml;

namespace Skerry.Guard.Rules;

/// <summary>Loads files of rules, each on top of those before it, as Falco's rules_files are loaded.</summary>
/// <remarks>
/// A file that is refused changes nothing of <see cref="Set"/>, but what was read of it before its error stays known to the
/// files after it, as in Falco: a node gives up at the first file that is refused.
/// </remarks>
public sealed class RuleLoader
{
    /// <summary>What stands between the words of a condition.</summary>
    private static readonly char[] Separators = [' ', '\t', '\r', '\n', '(', ')'];

    private readonly RuleCollection _collection = new();
    private readonly RuleLoaderOptions _options;
    private RuleConditions _conditions = new();

    /// <summary>A loader that has loaded nothing.</summary>
    public RuleLoader(RuleLoaderOptions? options = null) => _options = options ?? new RuleLoaderOptions();

    /// <summary>All rules of the files that were loaded, the disabled too.</summary>
    public IReadOnlyList<Rule> Rules { get; private set; } = [];

    /// <summary>The enabled rules, ready to judge events.</summary>
    public RuleSet Set { get; private set; } = RuleSet.Empty;

    /// <summary>Says which parts of a rule's condition held on an event, and what their fields were.</summary>
    /// <param name="rule">One of <see cref="Rules"/>.</param>
    /// <param name="e">The event.</param>
    public Explanation Explain(Rule rule, KernelEvent e)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(e);
        return _conditions.Explain(rule.Name, e);
    }

    /// <summary>Whether a rule, and the macros it uses, say what they say in a file; lists may have been changed.</summary>
    /// <param name="content">Text of the file.</param>
    /// <param name="rule">Name of the rule.</param>
    public bool IsAsIn(string content, string rule)
    {
        var original = new RuleLoader();
        original.Load("original", content);
        return original._collection.Rules.TryGetValue(rule, out var there)
            && _collection.Rules.TryGetValue(rule, out var here)
            && here.IsEnabled && here.Condition == there.Condition && here.Exceptions.Count == 0
            && original.MacrosOf(there.Condition).All(m => _collection.Macros.GetValueOrDefault(m)?.Condition == original._collection.Macros[m].Condition);
    }

    /// <summary>The macros that a condition names, and those that they name.</summary>
    private HashSet<string> MacrosOf(string condition)
    {
        HashSet<string> found = new(StringComparer.Ordinal);
        Queue<string> texts = new([condition]);
        while (texts.TryDequeue(out var text))
        {
            foreach (var word in text.Split(Separators, StringSplitOptions.RemoveEmptyEntries))
            {
                if (_collection.Macros.TryGetValue(word, out var macro) && found.Add(word))
                {
                    texts.Enqueue(macro.Condition);
                }
            }
        }

        return found;
    }

    /// <summary>What is in a list, with what is in the lists that it names; nothing where there is no such list. Quotes are taken off.</summary>
    public IReadOnlyList<string> ItemsOf(string list) => _collection.ItemsOf(list);

    /// <summary>Loads a file.</summary>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="content">Its text.</param>
    public LoadResult Load(string name, string content)
    {
        var result = new LoadResult(name);
        var file = LoadContext.OfFile(name, content);
        try
        {
            var documents = YamlReader.Read(content);
            result.SchemaWarnings = RuleSchema.Validate(documents);
            new RuleReader(_collection, result, _options.Plugins).Read(documents, file);
            var compiler = new RuleCompiler(_collection, _options, result);
            (Rules, Set) = compiler.Compile();
            _conditions = compiler.Conditions;
        }
        catch (YamlFormatException e)
        {
            result.Add(new LoadError(LoadErrorCode.YamlParse, e.Message, file.At(e.Mark, ItemKinds.ValueFor)));
        }
        catch (RuleLoadException e)
        {
            result.Add(e.Error);
        }

        return result;
    }
}
