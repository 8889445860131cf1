using Skerry.Cli.Keys;

namespace Skerry.Cli.Tests.Keys;

public sealed class KeyUriTests
{
    [Fact]
    public void A_uri_of_rfc_7512_is_read_with_its_percent_signs_undone()
    {
        var uri = Pkcs11Uri.Parse("pkcs11:token=My%20token;object=caf%C3%A9%3B;id=%00%ff%41b;slot-id=7;serial=0a;type=private?module-path=/usr/lib/m.so&pin-value=12%2634");
        Assert.Equal("My token", uri.Token);
        Assert.Equal("café;", uri.Label);
        Assert.Equal([0, 0xff, (byte)'A', (byte)'b'], uri.Id);
        Assert.Equal(7ul, uri.Slot);
        Assert.Equal("0a", uri.Serial);
        Assert.Equal("/usr/lib/m.so", uri.ModulePath);
        Assert.Equal("12&34", uri.PinValue);
        Assert.DoesNotContain("12", uri.Shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pkcs11:token", "not NAME=VALUE")]
    [InlineData("pkcs11:token=a;token=b", "'token' stands there twice")]
    [InlineData("pkcs11:library-version=3", "'library-version' is not looked at here")]
    [InlineData("pkcs11:type=cert;object=a", "type=cert is no key that signs")]
    [InlineData("pkcs11:object=%4", "a percent sign without two hexadecimal digits")]
    [InlineData("pkcs11:object=%zz", "a percent sign without two hexadecimal digits")]
    [InlineData("pkcs11:object=%ff", "not UTF-8")]
    [InlineData("pkcs11:id=", "an id that is empty")]
    [InlineData("pkcs11:slot-id=-1", "slot-id is a number")]
    [InlineData("pkcs11:object=a?pin-value=SECRET&pin-source=file:/p", "do not go together")]
    [InlineData("pkcs11:object=a?pin-value=SECRET&pin-value=SECRET", "'pin-value' stands there twice")]
    [InlineData("pkcs11:object=a?pin-value=SECRET&module-name=m", "'module-name' after the question mark is not known")]
    [InlineData("pkcs11:object=a?pin-value=SECRET%", "a percent sign")]
    public void What_is_not_understood_of_a_token_is_refused_and_no_pin_is_told(string uri, string why)
    {
        var refused = Assert.Throws<FormatException>(() => Pkcs11Uri.Parse(uri));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tpm2:0x81000001", "/dev/tpmrm0", 0x81000001, null)]
    [InlineData("tpm2:/dev/tpm0?handle=0x81010002&auth-source=env:A", "/dev/tpm0", 0x81010002, "env:A")]
    [InlineData("tpm2:/run/my%20tpm?handle=0x80000000", "/run/my tpm", 0x80000000, null)]
    public void A_key_of_a_tpm_is_named_by_its_handle(string uri, string device, uint handle, string? source) =>
        Assert.Equal((device, handle, source), (TpmUri.Parse(uri) is var u ? (u.Device, u.Handle, u.AuthorizationSource) : default));

    [Theory]
    [InlineData("tpm2:", "is no handle of a key")]
    [InlineData("tpm2:81000001", "is no handle of a key")]
    [InlineData("tpm2:0x40000001", "is no handle of a key")]
    [InlineData("tpm2:0x181000001", "is no handle of a key")]
    [InlineData("tpm2:/dev/tpmrm0", "the handle of the key is missing")]
    [InlineData("tpm2:0x81000001?handle=0x81000001", "stands there twice")]
    [InlineData("tpm2:0x81000001?auth=SECRET", "'auth' after the question mark is not known")]
    public void What_is_not_understood_of_a_tpm_is_refused(string uri, string why)
    {
        var refused = Assert.Throws<FormatException>(() => TpmUri.Parse(uri));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_uri_that_is_too_long_is_refused() => Assert.Throws<FormatException>(() => Pkcs11Uri.Parse("pkcs11:object=" + new string('a', 5000)));
}
