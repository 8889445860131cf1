using System.Text;
using CsCheck;
using Skerry.Node.Network;
using Skerry.Node.Network.Cni;

namespace Skerry.Node.Tests.Network.Cni;

public sealed class CniConfigListTests
{
    [Fact]
    public void A_list_and_a_single_plugin_are_read()
    {
        var list = Parse("""{"cniVersion":"0.4.0","name":"n","disableCheck":true,"plugins":[{"type":"a","capabilities":{"portMappings":true,"dns":false}},{"type":"b"}]}""");
        Assert.Equal(["a", "b"], list.Plugins.Select(plugin => plugin.Type));
        Assert.True(list.DisableCheck);
        Assert.True(list.Takes("portMappings"));
        Assert.False(list.Takes("dns"));
        var single = Parse("""{"cniVersion":"0.3.1","name":"n","type":"macvlan","master":"eth1"}""");
        Assert.Equal("macvlan", Assert.Single(single.Plugins).Type);
        Assert.Equal("eth1", single.Plugins[0].Config["master"]!.GetValue<string>());
        Assert.Equal(single.Json, Parse(single.Json).Json);
    }

    [Theory]
    [InlineData("", "line 1, byte 0")]
    [InlineData("{", "line 1, byte 1")]
    [InlineData("[]", "the top level is not an object")]
    [InlineData("""{"cniVersion":"1.0.0","name":"n"}""", "neither 'plugins'")]
    [InlineData("""{"cniVersion":"1.0.0","plugins":[{"type":"a"}]}""", "'name' is missing")]
    [InlineData("""{"cniVersion":"1.0.0","name":"../n","plugins":[{"type":"a"}]}""", "'name' is '../n'")]
    [InlineData("""{"cniVersion":"1.0.0","name":7,"plugins":[{"type":"a"}]}""", "'name' is not a string")]
    [InlineData("""{"name":"n","plugins":[{"type":"a"}]}""", "'cniVersion' is missing")]
    [InlineData("""{"cniVersion":"2.0.0","name":"n","plugins":[{"type":"a"}]}""", "'cniVersion' is '2.0.0'")]
    [InlineData("""{"cniVersion":"1.0.0","name":"n","plugins":[]}""", "1 to 16")]
    [InlineData("""{"cniVersion":"1.0.0","name":"n","plugins":[7]}""", "plugins[0]: it is not an object")]
    [InlineData("""{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"a"},{"type":"../../bin/sh"}]}""", "plugins[1]: 'type' is '../../bin/sh'")]
    [InlineData("""{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"a","capabilities":[]}]}""", "'capabilities' is not an object")]
    [InlineData("""{"cniVersion":"1.0.0","name":"n","name":"m","plugins":[{"type":"a"}]}""", "name")]
    public void A_wrong_list_is_refused_with_the_place_and_the_reason(string json, string expected)
    {
        var error = Assert.Throws<NetworkException>(() => Parse(json));
        Assert.Equal(NetworkFault.Invalid, error.Fault);
        Assert.Contains("/etc/cni/net.d/x.conflist", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_long_and_too_deep_are_refused()
    {
        Assert.Throws<NetworkException>(() => Parse(new string(' ', CniConfigList.MaxBytes + 1)));
        Assert.Throws<NetworkException>(() => Parse(new string('[', 10_000)));
    }

    [Fact]
    public void Any_bytes_are_read_or_refused_and_nothing_else() =>
        Gen.Byte.Array[0, 200].Sample(
            bytes =>
            {
                try
                {
                    CniConfigList.Parse(bytes, "x");
                }
                catch (NetworkException)
                {
                    // The one way to refuse.
                }
            },
            iter: 2000);

    [Fact]
    public void A_list_with_any_one_byte_changed_is_read_or_refused_and_nothing_else()
    {
        var good = """{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"a","capabilities":{"dns":true}}]}"""u8.ToArray();
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Sample(
            (at, value) =>
            {
                var changed = (byte[])good.Clone();
                changed[at] = value;
                try
                {
                    CniConfigList.Parse(changed, "x");
                }
                catch (NetworkException)
                {
                    // The one way to refuse.
                }
            },
            iter: 5000);
    }

    [Fact]
    public void A_broken_file_only_stops_who_asks_for_a_network_that_no_other_file_has()
    {
        var directory = Directory.CreateTempSubdirectory("skerry-cni-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(directory, "10-broken.conflist"), "{");
            File.WriteAllText(Path.Combine(directory, "20-good.conf"), """{"cniVersion":"1.0.0","name":"good","type":"a"}""");
            File.WriteAllText(Path.Combine(directory, "30-later.conf"), """{"cniVersion":"1.0.0","name":"good","type":"b"}""");
            File.WriteAllText(Path.Combine(directory, "notes.txt"), "x");
            var read = new CniConfigDirectory(directory);
            Assert.Equal("a", read.Find("good")!.Plugins[0].Type);
            Assert.Contains("10-broken.conflist", Assert.Throws<NetworkException>(() => read.Find("other")).Message, StringComparison.Ordinal);
            Assert.Null(new CniConfigDirectory(Path.Combine(directory, "missing")).Find("x"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static CniConfigList Parse(string json) => CniConfigList.Parse(Encoding.UTF8.GetBytes(json), "/etc/cni/net.d/x.conflist");
}
