using Skerry.Guard.Yaml;

namespace Skerry.Guard.Rules;

/// <summary>Reads the exceptions of a rule.</summary>
internal static class ExceptionReader
{
    /// <param name="item">The rule.</param>
    /// <param name="result">Where warnings go.</param>
    /// <param name="context">Where the rule is.</param>
    /// <param name="isAdded">True where values may be added to exceptions that are there, whose fields are not written again.</param>
    public static List<ExceptionItem> Read(YamlNode item, LoadResult result, LoadContext context, bool isAdded)
    {
        List<ExceptionItem> exceptions = [];
        if (item["exceptions"] is not { IsNull: false } node)
        {
            return exceptions;
        }

        var all = context.At(node, ItemKinds.Exceptions);
        if (!node.IsSequence)
        {
            throw RuleLoadException.Form("exceptions are a sequence", all);
        }

        foreach (var entry in node.Items)
        {
            var nameless = all.At(entry, ItemKinds.Exception);
            if (!entry.IsMapping)
            {
                throw RuleLoadException.Form("an exception is a mapping", nameless);
            }

            var name = ItemReader.Text(entry, "name", nameless);
            var at = context.At(entry, ItemKinds.Exception, name);
            if (exceptions.Exists(e => e.Name == name))
            {
                result.Warn(LoadWarningCode.ExceptionNameNotUnique, $"the rule has two exceptions '{name}'", at);
            }

            exceptions.Add(ReadOne(entry, name, result, at, isAdded));
        }

        return exceptions;
    }

    private static ExceptionItem ReadOne(YamlNode entry, string name, LoadResult result, LoadContext context, bool isAdded)
    {
        var exception = new ExceptionItem
        {
            Name = name,
            Context = context,
            Fields = ReadValue(entry["fields"], "fields", context, isOptional: isAdded),
            Comparisons = ReadValue(entry["comps"], "comps", context, isOptional: true),
        };
        if (entry["values"] is { } values)
        {
            var at = context.At(values, ItemKinds.ExceptionValues);
            if (!values.IsSequence)
            {
                throw RuleLoadException.Form("the values of an exception are a sequence", at);
            }

            exception.Values.AddRange(values.Items.Select(v => ReadValue(v, "", at.At(v, ItemKinds.ExceptionValue), isOptional: false)!));
        }
        else if (isAdded)
        {
            result.Warn(LoadWarningCode.AppendNoValues, "the exception adds no values", context);
        }

        return exception;
    }

    private static ExceptionValue? ReadValue(YamlNode? node, string key, LoadContext context, bool isOptional)
    {
        if (node is null)
        {
            return isOptional ? null : throw RuleLoadException.Form($"the key '{key}' is missing", context);
        }

        var at = context.At(node, ItemKinds.ValueFor, key);
        if (node.IsSequence)
        {
            return new ExceptionValue("", [.. node.Items.Select(v => ReadValue(v, "", at.At(v, ItemKinds.Exception), isOptional: false)!)]);
        }

        return node switch
        {
            { IsScalar: true, Text.Length: 0 } => throw RuleLoadException.Form("the value is empty", at),
            { IsScalar: true } => new ExceptionValue(node.Text, null),
            _ => new ExceptionValue("", null),
        };
    }
}
