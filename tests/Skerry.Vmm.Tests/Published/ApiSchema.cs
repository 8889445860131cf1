using System.Globalization;
using System.Text.Json;

namespace Skerry.Vmm.Tests.Published;

/// <summary>What a published definition says of a value, as far as it says something that can be broken. An object has no member that is not named.</summary>
internal sealed record ApiSchema(string Type)
{
    /// <summary>Members of an object; null: any.</summary>
    public IReadOnlyDictionary<string, Func<ApiSchema>>? Members { get; init; }

    /// <summary>Members that must be there.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>Texts that it can be; null: any.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>The least number.</summary>
    public long? Least { get; init; }

    /// <summary>The greatest number.</summary>
    public long? Most { get; init; }

    /// <summary>What a list is made of.</summary>
    public Func<ApiSchema>? Item { get; init; }

    internal static ApiSchema Text { get; } = new("string");

    internal static ApiSchema Flag { get; } = new("boolean");

    internal static ApiSchema Number { get; } = new("integer");

    internal static ApiSchema From(long least, long most = long.MaxValue) => new("integer") { Least = least, Most = most };

    internal static ApiSchema OneOf(params string[] words) => new("string") { Words = words };

    internal static ApiSchema List(ApiSchema item) => new("array") { Item = () => item };

    /// <summary>An object; a member whose name ends in ! must be there.</summary>
    internal static ApiSchema Object(params (string Name, ApiSchema Schema)[] members) => new("object")
    {
        Members = members.ToDictionary(static m => m.Name.TrimEnd('!'), static m => (Func<ApiSchema>)(() => m.Schema)),
        Required = [.. members.Where(static m => m.Name.EndsWith('!')).Select(static m => m.Name.TrimEnd('!'))],
    };

    /// <summary>Everything that a value has against it.</summary>
    internal IEnumerable<string> Faults(JsonElement value, string place)
    {
        var isRight = Type switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            _ => throw new InvalidOperationException($"a definition says '{Type}', which is not understood here"),
        };
        if (!isRight)
        {
            return [$"{place} is {value.ValueKind} and not {Type}"];
        }

        return Type switch
        {
            "object" => Object(value, place),
            "array" => value.EnumerateArray().SelectMany((v, i) => Item!().Faults(v, string.Create(CultureInfo.InvariantCulture, $"{place}[{i}]"))),
            "string" when Words is not null && !Words.Contains(value.GetString()!) => [$"{place} is '{value.GetString()}' and none of {string.Join(", ", Words)}"],
            "integer" when value.GetInt64() < (Least ?? long.MinValue) || value.GetInt64() > (Most ?? long.MaxValue) => [$"{place} is {value.GetInt64()} and not {Least} to {Most}"],
            _ => [],
        };
    }

    private IEnumerable<string> Object(JsonElement value, string place)
    {
        foreach (var name in Required.Where(n => !value.TryGetProperty(n, out _)))
        {
            yield return $"{place} has no {name}";
        }

        foreach (var member in value.EnumerateObject())
        {
            if (Members is null)
            {
                continue;
            }

            if (!Members.TryGetValue(member.Name, out var schema))
            {
                yield return $"{place} has {member.Name}, which is not known";
                continue;
            }

            foreach (var fault in schema().Faults(member.Value, $"{place}.{member.Name}"))
            {
                yield return fault;
            }
        }
    }
}
