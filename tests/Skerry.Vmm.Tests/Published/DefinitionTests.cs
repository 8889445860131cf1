using System.Text.Json;

namespace Skerry.Vmm.Tests.Published;

/// <summary>Whether the tables of this project still are what the VMMs' projects publish, where a copy of that is at hand.</summary>
public sealed class DefinitionTests
{
    private const string FirecrackerFile = "SKERRY_FIRECRACKER_YAML";
    private const string CloudHypervisorFile = "SKERRY_CLOUD_HYPERVISOR_YAML";

    [Fact]
    public void What_is_allowed_here_Firecrackers_definition_allows() => Compare(FirecrackerFile, string.Empty, Definitions.Firecracker);

    [Fact]
    public void What_is_allowed_here_Cloud_Hypervisors_definition_allows() => Compare(CloudHypervisorFile, "/api/v1", Definitions.CloudHypervisor);

    [Theory]
    [InlineData("""{"vcpu_count":1,"mem_size_mib":128}""", null)]
    [InlineData("""{"vcpu_count":0,"mem_size_mib":128}""", "/machine-config.vcpu_count is 0 and not 1 to 32")]
    [InlineData("""{"vcpu_count":33,"mem_size_mib":128}""", "/machine-config.vcpu_count is 33 and not 1 to 32")]
    [InlineData("""{"vcpu_count":"1","mem_size_mib":128}""", "/machine-config.vcpu_count is String and not integer")]
    [InlineData("""{"vcpu_count":1}""", "/machine-config has no mem_size_mib")]
    [InlineData("""{"vcpu_count":1,"mem_size_mib":128,"smt":false}""", "/machine-config has smt, which is not known")]
    [InlineData("[]", "/machine-config is Array and not object")]
    [InlineData(null, "PUT /machine-config needs a body")]
    public void The_table_says_what_is_wrong(string? body, string? fault) =>
        Assert.Equal(fault is null ? [] : [fault], Definitions.Firecracker.Faults("PUT", "/machine-config", body));

    [Theory]
    [InlineData("PUT", "/drives/d0/x")]
    [InlineData("PUT", "/drives/")]
    [InlineData("POST", "/actions")]
    public void There_is_no_other_operation(string method, string path) => Assert.Equal([$"there is no {method} {path}"], Definitions.Firecracker.Faults(method, path, "{}"));

    /// <summary>Each operation must be there, and every document with all members that the table has must be without fault by the file.</summary>
    private static void Compare(string variable, string prefix, ApiDefinition table)
    {
        var file = Environment.GetEnvironmentVariable(variable);
        Assert.SkipWhen(string.IsNullOrEmpty(file), $"needs the published definition: {variable}=FILE");
        var published = DefinitionFile.Read(file!, prefix);
        foreach (var (method, path) in table.Operations)
        {
            Assert.Contains((method, path), published.Operations);
            var (mine, theirs) = (table[method, path], published[method, path]);
            Assert.True((mine is null) == (theirs is null), $"{method} {path}: one has a body");
            if (mine is null)
            {
                continue;
            }

            using var document = JsonDocument.Parse(Example(mine));
            Assert.Empty(mine.Faults(document.RootElement, path));
            Assert.Empty(theirs!.Faults(document.RootElement, path));
        }
    }

    /// <summary>A document with every member, of the least number or the first word that may be.</summary>
    private static string Example(ApiSchema schema) => schema.Type switch
    {
        "object" => "{" + string.Join(",", schema.Members!.Select(static m => $"\"{m.Key}\":{Example(m.Value())}")) + "}",
        "array" => $"[{Example(schema.Item!())}]",
        "string" => $"\"{schema.Words?[0] ?? "x"}\"",
        "boolean" => "true",
        _ => (schema.Least ?? 1).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
