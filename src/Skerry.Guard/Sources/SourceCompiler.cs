using Skerry.Guard.Alerts;
using Skerry.Guard.Conditions;
using Skerry.Guard.Events;
using Skerry.Guard.Fields;

namespace Skerry.Guard.Sources;

/// <summary>Turns operands into sources: finds fields, checks arguments and types, builds transformers.</summary>
internal static class SourceCompiler
{
    /// <exception cref="FieldException">A field is unknown, or something is used as it cannot be.</exception>
    public static Source Compile(Operand operand) => operand switch
    {
        Operand.Field field => OfField(FieldTable.Resolve(field.Name, field.Argument), field.ToString()),
        Operand.Value value => OfConstant(value.Text),
        Operand.Group group => OfGroup([.. group.Items.Select(Compile)]),
        Operand.Transformed transformed => OfTransformed(transformed),
        _ => throw new FieldException("a list is no field"),
    };

    private static Source OfTransformed(Operand.Transformed transformed)
    {
        Source[] inner = [.. transformed.Inner.Select(Compile)];
        if (transformed.Transformer == "val")
        {
            return transformed.Argument is null ? inner[0] : throw new FieldException("the transformer 'val' takes no argument");
        }

        // A transformer of one field changes what is compared, and these fields compare by themselves; a transformer of several reads them.
        if (inner is [{ AllowsRight: false } and not ListSource and var refused])
        {
            throw new FieldException($"the field '{refused.Key}' takes no transformer");
        }

        return Transformers.Create(transformed.Transformer, [.. inner.Select(static i => i is AncestorSource ancestor ? ancestor.Shown : i)], transformed.Argument);
    }

    private static TextSource OfConstant(string text)
    {
        var constant = new Text(EscapedBytes.Of(text));
        return new TextSource(_ => constant) { Key = $"'{text}'", Type = FieldType.CharBuf, Cost = 0, IsOfType = true };
    }

    /// <summary>Several as texts, numbers as messages show them; lists among them give all they have.</summary>
    private static ListSource OfGroup(Source[] items)
    {
        return new ListSource(e =>
        {
            var list = e.TakeList();
            foreach (var item in items)
            {
                if (item is ListSource several)
                {
                    if (several.Read(e) is not { } values)
                    {
                        return null;
                    }

                    list.AddRange(values);
                    continue;
                }

                var text = ValueText.Read(item, e);
                if (text.IsAbsent)
                {
                    return null;
                }

                list.Add(text);
            }

            return list;
        })
        {
            Key = $"({string.Join(',', items.Select(static i => i.Key))})",
            Type = FieldType.CharBuf,
            Cost = 1 + items.Sum(static i => i.Cost),
            IsOfType = Array.TrueForAll(items, static i => i.IsOfType),
        };
    }

    private static Source OfField(FieldUse use, string key)
    {
        var (field, argument) = (use.Definition, use.Argument);
        var isOfType = field.Has(FieldTraits.OfType);
        var allowsRight = !field.Has(FieldTraits.NoRight);
        if (use.IsAnyAncestor)
        {
            Source shown = field.AncestorNumber is null
                ? new TextSource(ReadText(field, argument)) { Key = key, Type = use.Type, Cost = 8 }
                : new NumberSource(ReadNumber(field, argument)) { Key = key, Type = use.Type };
            return new AncestorSource(field.AncestorText, field.AncestorNumber, shown) { Key = key, Type = use.Type, Cost = 8, AllowsRight = false };
        }

        if (use.IsList)
        {
            return new ListSource(e => e.TakeList() is var list && field.List!(e, argument, list) ? list : null) { Key = key, Type = use.Type, Cost = 6, AllowsRight = allowsRight };
        }

        switch (use.Type)
        {
            case FieldType.CharBuf or FieldType.ByteBuf:
                return new TextSource(ReadText(field, argument)) { Key = key, Type = use.Type, Cost = 2, IsOfType = isOfType, AllowsRight = allowsRight };
            case FieldType.IpAddr or FieldType.IpNet:
                var (address, otherAddress) = (field.Address!, field.OtherAddress);
                return new AddressSource(e => address(e, argument), otherAddress is null ? null : e => otherAddress(e, argument))
                {
                    Key = key, Type = use.Type, Cost = 2, AllowsRight = allowsRight && use.Type == FieldType.IpAddr,
                };
            default:
                var otherNumber = field.OtherNumber;
                return new NumberSource(ReadNumber(field, argument), otherNumber is null ? null : e => otherNumber(e, argument))
                {
                    Key = key, Type = use.Type, Cost = 1, IsOfType = isOfType, AllowsRight = allowsRight,
                };
        }
    }

    private static Func<KernelEvent, Text> ReadText(FieldDefinition field, FieldArgument argument)
    {
        if (field.Text is { } text)
        {
            return e => text(e, argument);
        }

        if (field.AncestorText is not { } ancestor)
        {
            return static _ => default;
        }

        return argument.Index < 0 ? e => AncestorTexts.Join(e, ancestor) : e => e.Process?.Ancestor(argument.Index) is { } process ? ancestor(e, process) : default;
    }

    private static Func<KernelEvent, long?> ReadNumber(FieldDefinition field, FieldArgument argument) => field.Number is { } number ? e => number(e, argument) : static _ => null;
}
