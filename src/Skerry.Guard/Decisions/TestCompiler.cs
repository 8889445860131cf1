using System.Globalization;
using Skerry.Guard.Conditions;
using Skerry.Guard.Events;
using Skerry.Guard.Fields;
using Skerry.Guard.Patterns;
using Skerry.Guard.Sources;

namespace Skerry.Guard.Decisions;

/// <summary>Turns a check into a test: operator and types must fit, constants become sets, tries, ranges and automata.</summary>
internal static class TestCompiler
{
    /// <exception cref="FieldException">The check is not possible.</exception>
    public static Test Compile(Condition.Check check)
    {
        var left = SourceCompiler.Compile(check.Left);
        var comparison = check.Comparison;
        if (check is { Left: Operand.Field { Name: AroundTest.FieldName, Argument: { } centre }, Right: { } around })
        {
            return AroundTest.Create(centre, comparison, around);
        }

        if (comparison.Operator == ComparisonOperator.Exists)
        {
            return new ExistenceTest(left, $"{left.Key}\u0001exists");
        }

        RequireComparable(left, comparison);
        switch (check.Right)
        {
            case Operand.Value value:
                RequireEventTypes(check.Left, [value.Text]);
                return AgainstConstants(left, comparison, [value.Text]);
            case Operand.Values values:
                RequireEventTypes(check.Left, values.Texts);
                return AgainstConstants(left, comparison, values.Texts);
            case { } right:
                return AgainstSource(left, comparison.Operator, SourceCompiler.Compile(right));
            default:
                throw new FieldException($"'{comparison}' without a value");
        }
    }

    private static void RequireComparable(Source source, Comparison comparison)
    {
        var op = comparison.Operator;
        var isEquality = op is ComparisonOperator.Equal or ComparisonOperator.NotEqual or ComparisonOperator.In or ComparisonOperator.Intersects;
        var isOrder = op is >= ComparisonOperator.Less and <= ComparisonOperator.GreaterOrEqual;
        var isBinary = op is ComparisonOperator.ContainsBytes or ComparisonOperator.StartsWithBytes;
        var fits = source switch
        {
            ListSource => op is ComparisonOperator.In or ComparisonOperator.Intersects,
            AddressSource => isEquality,
            _ when source.Type == FieldType.Bool => isEquality,
            _ when source.Type == FieldType.ByteBuf => (isEquality || isBinary || op is ComparisonOperator.Contains or ComparisonOperator.StartsWith or ComparisonOperator.EndsWith) && !isOrder,
            _ when source.Type == FieldType.CharBuf => !isBinary,
            _ => isEquality || isOrder,
        };
        if (!fits)
        {
            throw new FieldException($"the operator '{comparison}' does not go with {source.Key}, which is {(source is ListSource ? "a list of " : "")}{FieldListing.TypeName(source.Type)}");
        }
    }

    private static PairTest AgainstSource(Source left, ComparisonOperator op, Source right)
    {
        if (op is ComparisonOperator.PathMatch or ComparisonOperator.Regex)
        {
            throw new FieldException($"the operator '{new Comparison(op)}' does not take a field on its right");
        }

        if (!left.AllowsRight || !right.AllowsRight || left is AncestorSource || right is AncestorSource)
        {
            throw new FieldException($"the field {(left.AllowsRight ? right.Key : left.Key)} cannot be compared with another field");
        }

        var fits = (left, right) switch
        {
            (TextSource, TextSource) or (NumberSource, NumberSource) or (AddressSource, AddressSource) or (ListSource, ListSource) => left.Type == right.Type,
            _ => false,
        };
        return fits ? new PairTest(left, op, right, $"{left.Key}\u0001{op}\u0001val\u0001{right.Key}")
            : throw new FieldException($"{left.Key} is {FieldListing.TypeName(left.Type)} and {right.Key} is {FieldListing.TypeName(right.Type)}");
    }

    private static Test AgainstConstants(Source left, Comparison comparison, IReadOnlyList<string> values)
    {
        if (left.Type != FieldType.ByteBuf && values.Any(static v => v.Contains('\0', StringComparison.Ordinal)))
        {
            throw new FieldException("a value cannot hold a byte 0, as no text of the kernel does");
        }

        var isSet = comparison.TakesList;
        IEnumerable<string> sorted = isSet ? values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal) : values;
        var key = $"{left.Key}\u0001{comparison}\u0001{string.Join('\u0002', sorted)}";
        if (isSet && values.Count == 0 && left is not ListSource)
        {
            return new NeverTest(key);
        }

        switch (left)
        {
            case TextSource text:
                return new TextTest(text, TextMatchers.Create(comparison, values, left.Type), key);
            case ListSource list:
                return new ListTest(list, new ByteSet(values), comparison.Operator == ComparisonOperator.In, key);
            case AncestorSource { IsNumber: false } ancestor:
                return new AncestorTest(ancestor, TextMatchers.Create(comparison, values, left.Type), null, key);
            case AncestorSource ancestor:
                return new AncestorTest(ancestor, null, new NumberMatcher(comparison, ReadNumbers(values, left)), key);
            case NumberSource number:
                return new NumberTest(number, new NumberMatcher(comparison, ReadNumbers(values, left)), comparison.Operator == ComparisonOperator.NotEqual, key);
            case AddressSource address:
                return AgainstAddresses(address, comparison, values, key);
            default:
                throw new FieldException($"{left.Key} cannot be compared");
        }
    }

    /// <summary>Whatever is done with evt.type, it is done with whole names of kinds; syscall.type takes any text.</summary>
    private static void RequireEventTypes(Operand left, IReadOnlyList<string> values)
    {
        while (left is Operand.Transformed { Inner: [var inner] })
        {
            left = inner;
        }

        if (left is Operand.Field { Name: "evt.type" } && values.FirstOrDefault(static v => EventTypes.Find(v) is null && !EventTypes.IsUnseen(v)) is { } unknown)
        {
            throw new FieldException($"unknown event type '{unknown}'", isUnknown: true);
        }
    }

    private static AddressTest AgainstAddresses(AddressSource source, Comparison comparison, IReadOnlyList<string> values, string key)
    {
        AddressNetwork[] networks = [.. values.Select(v => ReadNetwork(v, source.Type))];
        var isNegated = comparison.Operator == ComparisonOperator.NotEqual;
        AddressRanges[] ranges = comparison.Modifier == ComparisonModifier.None
            ? [new AddressRanges(networks)]
            : [.. networks.Select(static n => new AddressRanges([n]))];
        return comparison.Modifier switch
        {
            ComparisonModifier.OneOf => new AddressTest(source, ranges, 1, 1, isNegated, key),
            ComparisonModifier.AllOf => new AddressTest(source, ranges, ranges.Length, ranges.Length, isNegated, key),
            _ => new AddressTest(source, ranges, 1, ranges.Length, isNegated, key),
        };
    }

    private static AddressNetwork ReadNetwork(string text, FieldType type)
    {
        if (type == FieldType.IpNet)
        {
            return AddressNetwork.TryParse(text, out var network) ? network : throw new FieldException($"'{text}' is no IP network");
        }

        return NetworkAddress.TryParse(text, out var address) ? AddressNetwork.Of(address) : throw new FieldException($"'{text}' is no IP address");
    }

    private static long[] ReadNumbers(IReadOnlyList<string> values, Source left) => [.. values.Select(v => ReadNumber(v, left.Type))];

    private static long ReadNumber(string text, FieldType type)
    {
        if (type == FieldType.Bool)
        {
            return text switch { "true" => 1, "false" => 0, _ => throw new FieldException($"'{text}' is neither true nor false") };
        }

        if (type == FieldType.Port && !text.All(char.IsAsciiDigit))
        {
            return ServicePorts.Find(text) ?? throw new FieldException($"'{text}' is no port and no service that is known");
        }

        if (type == FieldType.Port && text.Length == 0)
        {
            return 0;
        }

        if (!TryReadNumber(text, out var number))
        {
            throw new FieldException($"'{text}' is no number");
        }

        return type switch
        {
            FieldType.UInt32 when number < 0 => number & uint.MaxValue, // -1 stands for the highest number, as in C
            FieldType.UInt64 or FieldType.RelTime or FieldType.AbsTime when number < 0 => long.MaxValue,
            _ => number,
        };
    }

    private static bool TryReadNumber(string text, out long number)
    {
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var large))
        {
            number = (long)Math.Min(large, long.MaxValue);
            return true;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }
}
