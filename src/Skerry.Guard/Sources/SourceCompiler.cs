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

        if (Array.Find(inner, static s => !s.AllowsRight && s is not ListSource) is { } refused)
        {
            throw new FieldException($"the field '{refused.Key}' takes no transformer");
        }

        return Transformers.Create(transformed.Transformer, inner, transformed.Argument);
    }

    private static TextSource OfConstant(string text)
    {
        Text constant = text;
        return new TextSource(_ => constant) { Key = $"'{text}'", Type = FieldType.CharBuf, Cost = 0, IsOfType = true };
    }

    private static ListSource OfGroup(Source[] items)
    {
        TextSource[] texts = [.. items.Select(static i => i as TextSource ?? throw new FieldException("a list in a transformer holds texts alone"))];
        return new ListSource(e =>
        {
            var list = e.TakeList();
            foreach (var text in texts)
            {
                var item = text.Read(e);
                if (item.IsAbsent)
                {
                    return null;
                }

                list.Add(item);
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
            return new AncestorSource(field.AncestorText, field.AncestorNumber) { Key = key, Type = use.Type, Cost = 8, AllowsRight = false };
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
        if (field.AncestorText is { } ancestor)
        {
            return e => e.Process?.Ancestor(argument.Index) is { } process ? ancestor(process) : default;
        }

        return field.Text is { } text ? e => text(e, argument) : static _ => default;
    }

    private static Func<KernelEvent, long?> ReadNumber(FieldDefinition field, FieldArgument argument)
    {
        if (field.AncestorNumber is { } ancestor)
        {
            return e => e.Process?.Ancestor(argument.Index) is { } process ? ancestor(process) : null;
        }

        return field.Number is { } number ? e => number(e, argument) : static _ => null;
    }
}
