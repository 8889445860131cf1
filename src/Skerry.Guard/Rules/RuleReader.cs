using Skerry.Guard.Yaml;

namespace Skerry.Guard.Rules;

/// <summary>Reads a file of rules item by item into a collection.</summary>
/// <param name="collection">What files before gave.</param>
/// <param name="result">Where warnings go.</param>
/// <param name="plugins">Plugins that the guard stands for.</param>
internal sealed class RuleReader(RuleCollection collection, LoadResult result, IReadOnlyDictionary<string, EngineVersion> plugins)
{
    private const string AppendIsOld = "the key 'append' is old: write 'override' with 'condition: append' or the like";
    private const string BothWays = "'override' and 'append: true' exclude each other: write 'override' alone, with 'condition: append' or the like";
    private const string EnabledAloneIsOld =
        "'enabled' alone is old: write 'override' with 'enabled: replace' beside it";

    private static readonly string[] Appendable = ["condition", "output", "desc", "tags", "exceptions"];
    private static readonly string[] Replaceable =
        ["condition", "output", "desc", "priority", "capture", "capture_duration", "tags", "exceptions", "enabled", "warn_evttypes", "skip-if-unknown-filter"];

    private static readonly string[] RuleKeys = ["rule", "source", "override", "append", .. Replaceable];

    /// <summary>Reads all documents of a file.</summary>
    /// <exception cref="RuleLoadException">The file is refused.</exception>
    public void Read(IReadOnlyList<YamlNode> documents, LoadContext file)
    {
        foreach (var document in documents.Where(static d => !d.IsNull))
        {
            if (!document.IsSequence)
            {
                throw RuleLoadException.Form(document.IsMapping ? "a rule file is a sequence of items, and this is one mapping" : "a rule file is a sequence of items", file);
            }

            foreach (var item in document.Items.Where(static i => !i.IsNull))
            {
                ReadItem(item, file);
            }
        }
    }

    private static bool IsIdentifier(string name) => name.Length > 0 && char.IsAsciiLetter(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static bool IsBareString(string name) => name.AsSpan().IndexOfAny("()\"' \t\r\n\v\f=,") < 0;

    private void ReadItem(YamlNode item, LoadContext file)
    {
        if (!item.IsMapping)
        {
            throw RuleLoadException.Form("an item is a mapping: rule, macro, list or a requirement", file.At(item, ItemKinds.ContentItem));
        }

        if (item["required_engine_version"] is not null)
        {
            ReadEngineVersion(item, file.At(item, ItemKinds.EngineVersion));
        }
        else if (item["required_plugin_versions"] is { } required)
        {
            new PluginVersionReader(plugins).Read(required, file.At(required, ItemKinds.PluginVersions));
            ItemReader.WarnOfUnknownKeys(item, ["required_plugin_versions"], result, file.At(item, ItemKinds.PluginVersions));
        }
        else if (item["list"] is not null)
        {
            ReadList(item, file.At(item, ItemKinds.List, ItemReader.Text(item, "list", file.At(item, ItemKinds.List))));
        }
        else if (item["macro"] is not null)
        {
            ReadMacro(item, file.At(item, ItemKinds.Macro, ItemReader.Text(item, "macro", file.At(item, ItemKinds.Macro))));
        }
        else if (item["rule"] is not null)
        {
            ReadRule(item, file.At(item, ItemKinds.Rule, ItemReader.Text(item, "rule", file.At(item, ItemKinds.Rule))));
        }
        else
        {
            result.Warn(LoadWarningCode.UnknownItem, "the item is no rule, macro, list or requirement and is left out", file.At(item, ItemKinds.ContentItem));
        }
    }

    private void ReadEngineVersion(YamlNode item, LoadContext context)
    {
        var text = ItemReader.Text(item, "required_engine_version", context);
        EngineVersion version;
        if (ItemReader.TryNumber(text, out var minor) && minor <= int.MaxValue)
        {
            version = new EngineVersion(EngineVersion.Current.Major, (int)minor, EngineVersion.Current.Patch);
        }
        else if (!EngineVersion.TryParse(text, out version))
        {
            throw RuleLoadException.Form($"'{text}' is no engine version: a number or x.y.z", context);
        }

        if (!EngineVersion.Current.Satisfies(version))
        {
            throw RuleLoadException.Fit($"the rules need engine version {version}, and this is {EngineVersion.Current}", context);
        }

        ItemReader.WarnOfUnknownKeys(item, ["required_engine_version"], result, context);
    }

    private void ReadList(YamlNode item, LoadContext context)
    {
        var name = context.Place.ItemName;
        if (!IsBareString(name))
        {
            result.Warn(LoadWarningCode.InvalidListName, $"the name '{name}' has blanks, quotes, brackets, commas or equals signs: conditions may read it otherwise", context);
        }

        var list = new ListItem { Name = name, Context = context, Items = ItemReader.Sequence(item, "items", context, isOptional: false)! };
        if (IsAppended(item, ["items"], "items", context))
        {
            collection.Append(list);
        }
        else
        {
            collection.Define(list);
        }

        ItemReader.WarnOfUnknownKeys(item, ["list", "items", "append", "override"], result, context);
    }

    private void ReadMacro(YamlNode item, LoadContext context)
    {
        var name = context.Place.ItemName;
        if (!IsIdentifier(name))
        {
            result.Warn(LoadWarningCode.InvalidMacroName, $"no condition can name the macro '{name}': a name is letters, digits and underscores and begins with a letter", context);
        }

        var condition = ItemReader.Text(item, "condition", context);
        var macro = new MacroItem { Name = name, Context = context, Condition = condition, ConditionContext = context.At(item["condition"]!, ItemKinds.MacroCondition) };
        if (IsAppended(item, ["condition"], "condition", context))
        {
            collection.Append(macro);
        }
        else
        {
            collection.Define(macro);
        }

        ItemReader.WarnOfUnknownKeys(item, ["macro", "condition", "append", "override"], result, context);
    }

    /// <summary>True where a list or macro is added to, in the old way or the new one.</summary>
    private bool IsAppended(YamlNode item, string[] overridable, string key, LoadContext context)
    {
        var isAppended = ReadsOldAppend(item, context);
        var overrides = OverrideReader.Read(item, overridable, overridable, context);
        if (isAppended && !overrides.IsEmpty)
        {
            throw RuleLoadException.Form(BothWays, context);
        }

        return isAppended || overrides.Appends(key);
    }

    private bool ReadsOldAppend(YamlNode item, LoadContext context)
    {
        var isAppended = ItemReader.OptionalFlag(item, "append", context) ?? false;
        if (isAppended)
        {
            result.Warn(LoadWarningCode.DeprecatedItem, AppendIsOld, context);
        }

        return isAppended;
    }

    private void ReadRule(YamlNode item, LoadContext context)
    {
        var name = context.Place.ItemName;
        var source = ItemReader.OptionalText(item, "source", context, mayBeEmpty: true) ?? "";
        var isAppended = ReadsOldAppend(item, context);
        var overrides = OverrideReader.Read(item, Appendable, Replaceable, context);
        if (isAppended && !overrides.IsEmpty)
        {
            throw RuleLoadException.Form(BothWays, context);
        }

        if (!overrides.IsEmpty)
        {
            ReadOverrides(item, overrides, name, source, context);
        }
        else if (isAppended)
        {
            collection.Append(new RuleChange
            {
                Name = name,
                Context = context,
                Source = source,
                Condition = ItemReader.OptionalText(item, "condition", context),
                Exceptions = item["exceptions"] is null ? null : ExceptionReader.Read(item, result, context, isAdded: true),
            });
        }
        else if (item["condition"] is null && item["output"] is null && item["desc"] is null && item["priority"] is null)
        {
            var isEnabled = ItemReader.Flag(item, "enabled", context);
            result.Warn(LoadWarningCode.DeprecatedItem, EnabledAloneIsOld, context);
            collection.Enable(name, isEnabled, context);
        }
        else
        {
            collection.Define(ReadDraft(item, name, context), result);
        }

        ItemReader.WarnOfUnknownKeys(item, RuleKeys, result, context);
    }

    private RuleDraft ReadDraft(YamlNode item, string name, LoadContext context)
    {
        var condition = ItemReader.Text(item, "condition", context);
        var output = ItemReader.Text(item, "output", context);
        return new RuleDraft
        {
            Name = name,
            Context = context,
            Condition = condition,
            ConditionContext = context.At(item["condition"]!, ItemKinds.RuleCondition),
            Output = output.Trim(),
            OutputContext = context.At(item["output"]!, ItemKinds.RuleOutput),
            Description = ItemReader.Text(item, "desc", context),
            Priority = ItemReader.Priority(item, context),
            Source = ItemReader.OptionalText(item, "source", context) ?? RuleCollection.Syscall,
            IsEnabled = ItemReader.OptionalFlag(item, "enabled", context) ?? true,
            Captures = ItemReader.OptionalFlag(item, "capture", context) ?? false,
            CaptureMilliseconds = ItemReader.OptionalNumber(item, "capture_duration", context) ?? 0,
            WarnsOfTypes = ItemReader.OptionalFlag(item, "warn_evttypes", context) ?? true,
            IsSkippedIfUnknown = ItemReader.OptionalFlag(item, "skip-if-unknown-filter", context) ?? false,
            Tags = ReadTags(item, context) ?? new(StringComparer.Ordinal),
            Exceptions = ExceptionReader.Read(item, result, context, isAdded: false),
        };
    }

    private static SortedSet<string>? ReadTags(YamlNode item, LoadContext context) =>
        ItemReader.Sequence(item, "tags", context, isOptional: true) is { } tags ? new SortedSet<string>(tags, StringComparer.Ordinal) : null;

    private void ReadOverrides(YamlNode item, OverrideReader overrides, string name, string source, LoadContext context)
    {
        if (overrides.HasAppended)
        {
            var change = new RuleChange { Name = name, Context = context };
            ReadShared(item, change, source, context, overrides.Appends, isAdded: true);
            collection.Append(change);
        }

        if (overrides.HasReplaced)
        {
            var change = new RuleChange { Name = name, Context = context };
            ReadShared(item, change, source, context, overrides.Replaces, isAdded: false);
            change.Priority = overrides.Replaces("priority") ? ItemReader.Priority(item, context) : null;
            change.Captures = overrides.Replaces("capture") ? ItemReader.Flag(item, "capture", context) : null;
            change.CaptureMilliseconds = overrides.Replaces("capture_duration") ? ItemReader.Number(item, "capture_duration", context) : null;
            change.IsEnabled = overrides.Replaces("enabled") ? ItemReader.Flag(item, "enabled", context) : null;
            change.WarnsOfTypes = overrides.Replaces("warn_evttypes") ? ItemReader.Flag(item, "warn_evttypes", context) : null;
            change.IsSkippedIfUnknown = overrides.Replaces("skip-if-unknown-filter") ? ItemReader.Flag(item, "skip-if-unknown-filter", context) : null;
            collection.Replace(change);
        }

        overrides.RefuseUnclaimed();
    }

    /// <summary>Keys that can be added to as well as replaced.</summary>
    private void ReadShared(YamlNode item, RuleChange change, string source, LoadContext context, Func<string, bool> claims, bool isAdded)
    {
        if (claims("condition"))
        {
            change.Source = source;
            change.Condition = ItemReader.Text(item, "condition", context);
        }

        change.Exceptions = claims("exceptions") ? ExceptionReader.Read(item, result, context, isAdded) : null;
        change.Output = claims("output") ? ItemReader.Text(item, "output", context) : null;
        change.Description = claims("desc") ? ItemReader.Text(item, "desc", context) : null;
        change.Tags = claims("tags") ? ReadTags(item, context) : null;
    }
}
