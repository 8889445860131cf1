using System.Text;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Tests.Trust.Strict;

public sealed class StrictJsonTests
{
    [Theory]
    [InlineData("""{"a":1,"a":2}""", "occurs twice")]
    [InlineData("""{"x":{"a":1,"\u0061":2}}""", "occurs twice")]
    [InlineData("""{"a":1}{"b":2}""", "not valid JSON")]
    [InlineData("""{"a":1,}""", "not valid JSON")]
    [InlineData("""{"a":/*c*/1}""", "not valid JSON")]
    [InlineData("""{"a":"\ud800"}""", "UTF-8")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("", "not valid JSON")]
    public void Two_readers_never_see_two_documents(string json, string reason) =>
        Assert.Contains(reason, Assert.Throws<OciFormatException>(() => StrictJson.Object("test", Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public void Keys_that_differ_only_in_case_are_refused_where_names_are_fixed() =>
        Assert.Contains("different case", Assert.Throws<OciFormatException>(() => StrictJson.Object("test", """{"payload":"a","Payload":"b"}"""u8.ToArray())).Message, StringComparison.Ordinal);

    [Fact]
    public void Keys_of_maps_may_differ_in_case() =>
        Assert.Equal(2, StrictJson.Object("test", """{"m":{"v1":"a","V1":"b"}}"""u8.ToArray()).Map("m").Count);

    [Fact]
    public void Deep_and_huge_documents_are_refused_before_they_are_built()
    {
        var deep = Encoding.UTF8.GetBytes("{\"a\":" + new string('[', 100_000) + new string(']', 100_000) + "}");
        Assert.Throws<OciFormatException>(() => StrictJson.Object("test", deep));
        Assert.Contains("at most", Assert.Throws<OciFormatException>(() => StrictJson.Object("test", new byte[2_000_000])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("YQ==", true)]
    [InlineData("YR==", false)]
    [InlineData("YQ", false)]
    [InlineData("YQ==\n", false)]
    [InlineData(" YQ==", false)]
    [InlineData("Y-==", false)]
    public void Base64_has_one_text_for_one_content(string text, bool taken)
    {
        if (taken)
        {
            Assert.Equal("a"u8.ToArray(), StrictBase64.Decode("test", text));
        }
        else
        {
            Assert.Throws<OciFormatException>(() => StrictBase64.Decode("test", text));
        }
    }

    [Theory]
    [InlineData("YQ", true)]
    [InlineData("YR", false)]
    [InlineData("YQ==", false)]
    [InlineData("Y Q", false)]
    [InlineData("Y+", false)]
    public void Base64url_has_one_text_for_one_content(string text, bool taken)
    {
        if (taken)
        {
            Assert.Equal("a"u8.ToArray(), StrictBase64.DecodeUrl("test", text));
        }
        else
        {
            Assert.Throws<OciFormatException>(() => StrictBase64.DecodeUrl("test", text));
        }
    }

    [Theory]
    [InlineData("2026-11-22T18:45:43Z", true)]
    [InlineData("2036-11-19T18:54:12.935764537Z", true)]
    [InlineData("2026-11-22T18:45:43+01:00", true)]
    [InlineData("2026-11-22 18:45:43Z", false)]
    [InlineData("2026-11-22T18:45:43", false)]
    [InlineData("2026-13-22T18:45:43Z", false)]
    [InlineData("2026-11-22T18:45:43.Z", false)]
    [InlineData("2026-11-22T18:45:43ZZ", false)]
    public void Times_are_those_of_RFC_3339(string text, bool taken) => Assert.Equal(taken, Rfc3339.TryParse(text, out _));

    [Theory]
    [InlineData("""{"b":1,"a":[true,null,"x"]}""", """{"a":[true,null,"x"],"b":1}""")]
    [InlineData("""{"a":"\u003c\u0026\u00e9"}""", """{"a":"<&é"}""")]
    [InlineData("""{"a":"\"\\\/"}""", """{"a":"\"\\/"}""")]
    [InlineData("""{"\ue000":1,"\ud83d\ude00":2}""", "{\"\ue000\":1,\"\U0001F600\":2}")]
    public void Canonical_JSON_is_what_Notary_signs(string json, string canonical) =>
        Assert.Equal(canonical, Encoding.UTF8.GetString(CanonicalJson.Encode(StrictJson.Object("test", Encoding.UTF8.GetBytes(json)).Element)));

    [Theory]
    [InlineData("""{"a":1.0}""")]
    [InlineData("""{"a":1e3}""")]
    [InlineData("""{"a":-0}""")]
    [InlineData("""{"a":9007199254740993}""")]
    [InlineData("""{"a":-9223372036854775808}""")]
    [InlineData("""{"a":"\n"}""")]
    public void What_implementations_write_differently_has_no_canonical_form(string json) =>
        Assert.Throws<OciFormatException>(() => CanonicalJson.Encode(StrictJson.Object("test", Encoding.UTF8.GetBytes(json)).Element));
}
