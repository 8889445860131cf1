namespace Skerry.Node.Tests.Policy.Trust;

/// <summary>The policies of a directory, as they change.</summary>
public sealed class TrustPoliciesTests : IDisposable
{
    private readonly TrustDirectoryFixture _directory = new();

    [Fact]
    public void No_directory_is_no_policy_and_no_error()
    {
        var reading = new Skerry.Node.Policy.Trust.TrustPolicies(Path.Combine(_directory.Path, "absent")).Current();
        Assert.Empty(reading.Error);
        Assert.Null(reading.Policies!.For("registry.example/x"));
    }

    [Fact]
    public void A_change_is_seen_and_an_unchanged_directory_is_not_read_again()
    {
        _directory.Write("one.toml", "images = [\"registry.example/*\"]\nrequire = \"nothing\"");
        var first = _directory.Policies.Current();
        Assert.Same(first, _directory.Policies.Current());
        _directory.Write("two.toml", "images = [\"registry.example/shop/*\"]\n[[signer]]\nname = \"a\"\ntype = \"cosign\"\nkeys = [\"a.pub\"]");
        var second = _directory.Policies.Current();
        Assert.True(second.Generation > first.Generation);
        Assert.Equal("two", second.Policies!.For("registry.example/shop/web")!.Name);
        File.Delete(Path.Combine(_directory.Path, "two.toml"));
        Assert.Equal("one", _directory.Policies.Current().Policies!.For("registry.example/shop/web")!.Name);
    }

    [Fact]
    public void A_key_that_is_exchanged_is_seen()
    {
        _directory.Write("two.toml", "images = [\"registry.example/shop/*\"]\n[[signer]]\nname = \"a\"\ntype = \"cosign\"\nkeys = [\"a.pub\"]");
        var first = _directory.Policies.Current().Policies!.Policies[0].Wants;
        _directory.Write("a.pub", TrustDirectoryFixture.Key());
        Assert.NotEqual(first, _directory.Policies.Current().Policies!.Policies[0].Wants);
    }

    [Fact]
    [Trait("Promise", "P-105")]
    public void An_error_in_one_policy_is_an_error_of_all_until_it_is_mended()
    {
        _directory.Write("one.toml", "images = [\"*\"]\nrequire = \"nothing\"");
        _directory.Write("two.toml", "images = [\"registry.example/shop/*\"]\nrequire = \"sometimes\"");
        var reading = _directory.Policies.Current();
        Assert.Null(reading.Policies);
        Assert.Contains("two.toml: line 2: 'require'", reading.Error, StringComparison.Ordinal);
        File.Delete(Path.Combine(_directory.Path, "two.toml"));
        Assert.NotNull(_directory.Policies.Current().Policies);
    }

    [Fact]
    public void A_file_that_no_path_can_name_is_an_error_of_the_policy()
    {
        _directory.Write("one.toml", "images = [\"*\"]\n[[signer]]\nname = \"a\"\ntype = \"cosign\"\nkeys = [\"a\\u0000.pub\"]");
        var reading = _directory.Policies.Current();
        Assert.Null(reading.Policies);
        Assert.Contains("no path holds a NUL character", reading.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_that_others_may_write_is_an_error()
    {
        var path = _directory.Write("one.toml", "images = [\"*\"]\nrequire = \"nothing\"");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        Assert.Contains("others than root can write it", _directory.Policies.Current().Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_is_tried_with_the_others_before_it_is_taken()
    {
        _directory.Write("one.toml", "images = [\"*\"]\nrequire = \"nothing\"");
        Assert.Equal(2, _directory.Policies.With("two", "images = [\"registry.example/*\"]\nrequire = \"nothing\"").Policies.Count);
        Assert.Contains("it can be in one", Assert.Throws<Skerry.Node.Configuration.ConfigurationException>(() => _directory.Policies.With("two", "images = [\"*\"]\nrequire = \"nothing\"")).Message, StringComparison.Ordinal);
        Assert.Single(_directory.Policies.With("one", "images = [\"*\"]\nrequire = \"nothing\"").Policies);
        Assert.False(File.Exists(Path.Combine(_directory.Path, "two.toml")));
    }

    [Fact]
    public void A_policy_that_nests_deeper_than_the_parser_goes_is_an_error_of_all_as_any_other()
    {
        _directory.Write("deep.toml", $"images = {new string('[', 500)}\"*\"{new string(']', 500)}\nrequire = \"nothing\"");
        var reading = _directory.Policies.Current();
        Assert.Null(reading.Policies);
        Assert.Contains("deep.toml: ", reading.Error, StringComparison.Ordinal);
        Assert.Contains("depth", reading.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_in_the_place_of_a_policy_is_an_error_and_is_not_passed_over()
    {
        _directory.Write("all.toml", "images = [\"*\"]\nrequire = \"nothing\"");
        Directory.CreateDirectory(Path.Combine(_directory.Path, "shop.toml"));
        var reading = _directory.Policies.Current();
        Assert.Null(reading.Policies);
        Assert.Contains("shop.toml: it is a Directory", reading.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_that_is_removed_takes_what_came_with_it_and_nothing_else()
    {
        var (alone, shared) = (Came("shop"), Came("shop"));
        const string Text = "images = [\"{0}\"]\nrequire = \"all\"\n[[signer]]\nname = \"a\"\ntype = \"cosign\"\nkeys = [\"{1}\"]\n[[signer]]\nname = \"b\"\ntype = \"cosign\"\nkeys = [\"{2}\"]";
        _directory.Policies.Add(
            "shop", string.Format(System.Globalization.CultureInfo.InvariantCulture, Text, "registry.example/shop", alone.Name, shared.Name),
            new Dictionary<string, byte[]> { [alone.Name] = alone.Bytes, [shared.Name] = shared.Bytes }, replace: false);
        _directory.Write("shop.pub", TrustDirectoryFixture.Key());
        _directory.Write("shop.key", "a private key that is nowhere else");
        _directory.Write("other.toml", string.Format(System.Globalization.CultureInfo.InvariantCulture, Text, "registry.example/other", "shop.pub", shared.Name));

        Assert.True(_directory.Policies.Remove("shop"));

        Assert.Equal(["a.pub", "b.pub", "other.toml", shared.Name, "shop.key", "shop.pub"], Directory.EnumerateFiles(_directory.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("other", Assert.Single(_directory.Policies.Current().Policies!.Policies).Name);
    }

    public void Dispose() => _directory.Dispose();

    private static (string Name, byte[] Bytes) Came(string policy)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(TrustDirectoryFixture.Key());
        return ($"{policy}.{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))[..12]}.pub", bytes);
    }
}
