using System.Text.Json.Nodes;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Tests.Isolation.Spec;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Tests.Isolation.Process;

public sealed class ExecDocumentTests
{
    private static readonly byte[] Config = OciSpec.Write(Plans.Ordinary(
        static s =>
        {
            s.CapDrop.Add("ALL");
            s.WorkingDir = "/srv";
        },
        new ImageProcess { Entrypoint = ["/entry"], Env = ["A=1", "HOME=/home/app"] }));

    [Fact]
    [Trait("Promise", "P-04")]
    public void All_of_the_containers_confinement_is_the_execs()
    {
        var own = JsonNode.Parse(Config)!["process"]!;
        var process = Written(new ExecPlan { Arguments = ["/bin/id"], Terminal = true, User = new(1000, 1000, [4], "/home/other") });
        foreach (var member in own.AsObject().Select(static m => m.Key).Except(["terminal", "args", "env", "cwd", "user"]))
        {
            Assert.True(JsonNode.DeepEquals(own[member], process[member]), member);
        }

        Assert.Empty(process["capabilities"]!["bounding"]!.AsArray());
        Assert.True((bool)process["noNewPrivileges"]!);
    }

    [Fact]
    public void What_the_exec_asks_for_takes_the_place_of_the_containers()
    {
        var process = Written(new ExecPlan
        {
            Arguments = ["/bin/id", "-u"], Environment = ["A=2", "B=3"], Terminal = true, WorkingDirectory = "/tmp", User = new(7, 8, [9], "/seven"),
        });
        Assert.Equal(["/bin/id", "-u"], Strings(process["args"]));
        Assert.Equal(["A=2"], Strings(process["env"]).Where(static e => e.StartsWith("A=", StringComparison.Ordinal)));
        Assert.Contains("B=3", Strings(process["env"]));
        Assert.Contains("TERM=xterm", Strings(process["env"]));
        Assert.Contains("HOME=/seven", Strings(process["env"]));
        Assert.Equal("/tmp", (string)process["cwd"]!);
        Assert.Equal("""{"uid":7,"gid":8,"additionalGids":[9]}""", process["user"]!.ToJsonString());
        Assert.True((bool)process["terminal"]!);
    }

    [Fact]
    public void What_the_exec_leaves_open_is_the_containers()
    {
        var process = Written(new ExecPlan { Arguments = ["true"] });
        Assert.Equal("/srv", (string)process["cwd"]!);
        Assert.Contains("HOME=/home/app", Strings(process["env"]));
        Assert.DoesNotContain(Strings(process["env"]), static e => e.StartsWith("TERM=", StringComparison.Ordinal));
        Assert.Equal(0, (int)process["user"]!["uid"]!);
    }

    /// <summary>A directory under /proc was the way out of CVE-2024-21626, by exec as by run.</summary>
    [Theory]
    [InlineData("working_dir", "/proc/self/fd/7", null, null, 0u)]
    [InlineData("working_dir", "/srv/../proc/1/root", null, null, 0u)]
    [InlineData("env", "", "no-value", null, 0u)]
    [InlineData("env", "", "A=\0", null, 0u)]
    [InlineData("args", "", null, "a\0b", 0u)]
    [InlineData("user", "", null, null, 65536u)]
    public void What_no_container_gets_no_exec_gets(string field, string directory, string? variable, string? argument, uint user)
    {
        var refused = Assert.Throws<SpecRefusedException>(() => Written(new ExecPlan
        {
            Arguments = ["true", argument ?? string.Empty],
            Environment = variable is null ? [] : [variable],
            WorkingDirectory = directory,
            User = new ResolvedUser(user, 0, [], "/"),
        }));
        Assert.StartsWith(field, refused.Message, StringComparison.Ordinal);
    }

    private static JsonNode Written(ExecPlan plan) => JsonNode.Parse(ExecDocument.Write(Config, plan))!;

    private static IEnumerable<string> Strings(JsonNode? array) => array!.AsArray().Select(static e => (string)e!);
}
