using System.Runtime.InteropServices;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Tests.Isolation.Spec;

public sealed class UserResolverTests : IDisposable
{
    private const string Passwd = "root:x:0:0:root:/root:/bin/sh\n#c:x:1:1::/:\nweb:x:33:33::/var/www:/bin/sh\nbroken:x:abc:0::/:\nhuge:x:4294967295:0::/:\n7:x:70:71::/seven:\n";
    private const string Group = "root:x:0:\nwww:x:33:\nextra:x:50:web,other\nbad:x:zz:web\n+more:x:51:web\n";

    private readonly string _root = Directory.CreateTempSubdirectory("skerry-users-").FullName;

    private static ResolvedUser Resolve(string wanted, params uint[] more) => UserResolver.From(Passwd, Group).Resolve(wanted, more);

    [Fact]
    public void A_name_brings_its_group_its_home_and_the_groups_that_list_it()
    {
        var user = Resolve("web", 99);
        Assert.Equal((33u, 33u, "/var/www"), (user.Uid, user.Gid, user.Home));
        Assert.Equal([50u, 51u, 99u], user.Groups);
    }

    [Fact]
    public void A_number_with_an_entry_is_that_user_and_one_without_has_group_0()
    {
        Assert.Equal((33u, 33u), (Resolve("33").Uid, Resolve("33").Gid));
        Assert.Equal((1234u, 0u, "/"), (Resolve("1234").Uid, Resolve("1234").Gid, Resolve("1234").Home));
    }

    [Fact]
    public void A_name_that_looks_like_a_number_wins_over_the_number() => Assert.Equal(70u, Resolve("7").Uid);

    [Fact]
    public void A_given_group_is_the_only_group()
    {
        var user = Resolve("web:extra");
        Assert.Equal((33u, 50u), (user.Uid, user.Gid));
        Assert.Empty(user.Groups);
        Assert.Equal(77u, Resolve("web:77").Gid);
    }

    [Theory]
    [InlineData("nobody-here")]
    [InlineData("web:nope")]
    [InlineData("4294967295")]
    [InlineData("99999999999")]
    [InlineData("-1")]
    [InlineData("web:1:2")]
    [InlineData("broken")]
    [InlineData("huge")]
    [InlineData("web\n0")]
    public void What_cannot_be_a_user_is_refused(string wanted) =>
        Assert.Throws<SpecRefusedException>(() => Resolve(wanted));

    [Fact]
    public void An_image_without_passwd_still_has_root() =>
        Assert.Equal((0u, 0u, "/root"), UserResolver.From(null, null).Resolve("", []) is var u ? (u.Uid, u.Gid, u.Home) : default);

    [Fact]
    public void A_link_out_of_the_root_is_followed_inside_it()
    {
        Directory.CreateDirectory(Path.Combine(_root, "etc"));
        File.CreateSymbolicLink(Path.Combine(_root, "etc/passwd"), "../../../../../../../../etc/hostile");
        File.WriteAllText(Path.Combine(_root, "etc/hostile"), "inside:x:5:6::/in:\n");
        Assert.Equal(5u, UserResolver.InRoot(_root).Resolve("inside", []).Uid);
    }

    [Fact]
    public void A_file_that_never_ends_or_blocks_is_refused()
    {
        Directory.CreateDirectory(Path.Combine(_root, "etc"));
        var path = Path.Combine(_root, "etc/passwd");
        Assert.Equal(0, MkFifo(path, 0x1B6));
        Assert.Contains("regular", Assert.Throws<SpecRefusedException>(() => UserResolver.InRoot(_root).Resolve("x", [])).Message, StringComparison.Ordinal);
        File.Delete(path);
        using (var file = File.Create(path))
            file.SetLength(1L << 40);
        Assert.Contains("bytes", Assert.Throws<SpecRefusedException>(() => UserResolver.InRoot(_root).Resolve("x", [])).Message, StringComparison.Ordinal);
    }

    [DllImport("libc", EntryPoint = "mkfifo")]
    private static extern int MkFifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
