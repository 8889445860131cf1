using System.Text.Json;

namespace Skerry.Vmm.Tests.Published;

/// <summary>The operations of an API: method and path, of which a part in braces is any name; and what their bodies are, null: none.</summary>
internal sealed class ApiDefinition
{
    private readonly Dictionary<(string Method, string Path), ApiSchema?> _operations = [];

    internal IEnumerable<(string Method, string Path)> Operations => _operations.Keys;

    /// <summary>The body of an operation.</summary>
    internal ApiSchema? this[string method, string path]
    {
        get => _operations[(method, path)];
        set => _operations[(method, path)] = value;
    }

    /// <summary>Everything that a request has against it.</summary>
    internal IReadOnlyList<string> Faults(string method, string path, string? body)
    {
        var found = _operations.Keys.Where(o => o.Method == method && Matches(o.Path, path)).ToList();
        if (found.Count != 1)
        {
            return [$"there is no {method} {path}"];
        }

        var schema = _operations[found[0]];
        if (schema is null || body is null)
        {
            return (schema, body) switch
            {
                (null, null) => [],
                (null, _) => [$"{method} {path} has no body"],
                _ => [$"{method} {path} needs a body"],
            };
        }

        using var document = JsonDocument.Parse(body);
        return [.. schema.Faults(document.RootElement, path)];
    }

    private static bool Matches(string template, string path)
    {
        var (wanted, parts) = (template.Split('/'), path.Split('/'));
        return wanted.Length == parts.Length && wanted.Zip(parts).All(static p => p.First == p.Second || (p.First.StartsWith('{') && p.Second.Length > 0));
    }
}
