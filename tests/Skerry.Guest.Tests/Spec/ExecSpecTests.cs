using System.Text;
using System.Text.Json.Nodes;
using Skerry.Guest.Spec;

namespace Skerry.Guest.Tests.Spec;

/// <summary>Users of an exec, by files that belong to the container.</summary>
public sealed class ExecSpecTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("skerry-exec-");

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData("ann", 1000, 1001, "50")]
    [InlineData("1000", 1000, 1001, "50")]
    [InlineData("ann:staff", 1000, 50, "")]
    [InlineData("ann:7", 1000, 7, "")]
    [InlineData("4242", 4242, 0, "")]
    [InlineData("4242:4343", 4242, 4343, "")]
    public void A_user_is_looked_up(string user, int uid, int gid, string more)
    {
        Files("broken\nann:x:1000:1001:Ann:/:/bin/sh\nbob:x:99999999999:0::/:\n", "staff:x:50:bob,ann\n::\nann:x:1001:ann\n");
        var json = JsonNode.Parse(Write(user))!["user"]!;

        Assert.Equal((uid, gid, more), ((int)json["uid"]!, (int)json["gid"]!, string.Join(',', json["additionalGids"]!.AsArray())));
    }

    [Theory]
    [InlineData("eve")]
    [InlineData("ann:nogroup")]
    [InlineData("4294967295")]
    [InlineData("2147483648")]
    [InlineData("-1")]
    [InlineData("a:b:c")]
    [InlineData("ann\n")]
    public void What_is_no_user_is_refused(string user)
    {
        Files("ann:x:1000:1001:Ann:/:/bin/sh\n", "staff:x:50:ann\n");
        Assert.Throws<GuestException>(() => Write(user));
    }

    [Fact]
    public void A_file_that_leads_out_of_the_root_is_not_read()
    {
        Directory.CreateDirectory(Path.Combine(_root.FullName, "etc"));
        File.CreateSymbolicLink(Path.Combine(_root.FullName, "etc/passwd"), "/../../../../../../etc/passwd");
        Assert.Throws<GuestException>(() => Write("daemon"));
    }

    [Fact]
    public void Without_a_user_the_documents_stays() =>
        Assert.Equal("""{"user":{"uid":5}}""", Encoding.UTF8.GetString(ExecSpec.Write("""{"user":{"uid":5}}"""u8.ToArray(), "", _root.FullName)));

    private byte[] Write(string user) => ExecSpec.Write("""{"user":{"uid":5},"args":["x"]}"""u8.ToArray(), user, _root.FullName);

    private void Files(string passwd, string group)
    {
        Directory.CreateDirectory(Path.Combine(_root.FullName, "etc"));
        File.WriteAllText(Path.Combine(_root.FullName, "etc/passwd"), passwd);
        File.WriteAllText(Path.Combine(_root.FullName, "etc/group"), group);
    }
}
