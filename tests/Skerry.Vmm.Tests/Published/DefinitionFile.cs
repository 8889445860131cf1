using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Skerry.Vmm.Tests.Published;

/// <summary>Reads a published definition: Swagger 2 (Firecracker) or OpenAPI 3 (Cloud Hypervisor).</summary>
internal static class DefinitionFile
{
    private static readonly string[] s_methods = ["get", "put", "patch", "post", "delete"];

    /// <param name="file">The file.</param>
    /// <param name="prefix">What comes before its paths.</param>
    internal static ApiDefinition Read(string file, string prefix)
    {
        using var reader = File.OpenText(file);
        var yaml = new YamlStream();
        yaml.Load(reader);
        var root = (YamlMappingNode)yaml.Documents[0].RootNode;
        var definition = new ApiDefinition();
        foreach (var (path, operations) in (YamlMappingNode)root["paths"])
        {
            foreach (var (method, operation) in ((YamlMappingNode)operations).Where(static o => s_methods.Contains(o.Key.ToString())))
            {
                definition[method.ToString().ToUpperInvariant(), prefix + path] = Body(root, (YamlMappingNode)operation);
            }
        }

        return definition;
    }

    private static ApiSchema? Body(YamlMappingNode root, YamlMappingNode operation)
    {
        if (Find(operation, "requestBody", "content", "application/json", "schema") is { } schema)
        {
            return Schema(root, (YamlMappingNode)schema);
        }

        var parameters = Find(operation, "parameters") as YamlSequenceNode;
        return parameters?.Children.Cast<YamlMappingNode>().FirstOrDefault(static p => Find(p, "in")?.ToString() == "body") is { } body ? Schema(root, (YamlMappingNode)body["schema"]) : null;
    }

    private static ApiSchema Schema(YamlMappingNode root, YamlMappingNode node)
    {
        if (Find(node, "$ref") is { } reference)
        {
            return Schema(root, (YamlMappingNode)Find(root, reference.ToString()[2..].Split('/'))!);
        }

        var members = Find(node, "properties") as YamlMappingNode;
        return new ApiSchema(Find(node, "type")?.ToString() ?? "object")
        {
            Members = members?.ToDictionary(static m => m.Key.ToString(), m => (Func<ApiSchema>)(() => Schema(root, (YamlMappingNode)m.Value))),
            Required = [.. (Find(node, "required") as YamlSequenceNode ?? []).Select(static r => r.ToString())],
            Words = (Find(node, "enum") as YamlSequenceNode)?.Select(static w => w.ToString()).ToList(),
            Least = Number(node, "minimum"),
            Most = Number(node, "maximum"),
            Item = Find(node, "items") is YamlMappingNode item ? () => Schema(root, item) : null,
        };
    }

    private static long? Number(YamlMappingNode node, string name) => Find(node, name) is { } number ? long.Parse(number.ToString(), CultureInfo.InvariantCulture) : null;

    private static YamlNode? Find(YamlNode node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (node is not YamlMappingNode mapping || !mapping.Children.TryGetValue(new YamlScalarNode(name), out node!))
            {
                return null;
            }
        }

        return node;
    }
}
