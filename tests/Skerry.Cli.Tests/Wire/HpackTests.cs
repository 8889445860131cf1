using System.Text;
using CsCheck;
using Skerry.Cli.Wire;

namespace Skerry.Cli.Tests.Wire;

public sealed class HpackTests
{
    [Theory]
    [InlineData("f1e3c2e5f23a6ba0ab90f4ff", "www.example.com")]
    [InlineData("a8eb10649cbf", "no-cache")]
    [InlineData("25a849e95bb8e8b4bf", "custom-value")]
    [InlineData("d07abe941054d444a8200595040b8166e082a62d1bff", "Mon, 21 Oct 2013 20:13:21 GMT")]
    public void The_strings_of_the_specification_are_decoded(string coded, string text) =>
        Assert.Equal(text, Encoding.ASCII.GetString(Huffman.Decode(Convert.FromHexString(coded))));

    [Theory]
    [InlineData("f1e3c2e5f23a6ba0ab90f400")] // padding of zeros
    [InlineData("ffffffff")] // the end-of-string code
    [InlineData("ff")] // eight bits of padding
    public void A_string_that_ends_wrongly_is_refused(string coded) =>
        Assert.Throws<WireException>(() => Huffman.Decode(Convert.FromHexString(coded)));

    [Fact]
    public void The_requests_of_the_specification_share_one_dynamic_table()
    {
        // RFC 7541, C.4: three requests, Huffman coded.
        var decoder = new HpackDecoder();
        Assert.Equal(":method=GET;:scheme=http;:path=/;:authority=www.example.com", Decode(decoder, "828684418cf1e3c2e5f23a6ba0ab90f4ff"));
        Assert.Equal(
            ":method=GET;:scheme=http;:path=/;:authority=www.example.com;cache-control=no-cache", Decode(decoder, "828684be5886a8eb10649cbf"));
        Assert.Equal(
            ":method=GET;:scheme=https;:path=/index.html;:authority=www.example.com;custom-key=custom-value",
            Decode(decoder, "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"));
    }

    [Theory]
    [InlineData("80")] // index 0
    [InlineData("ff")] // an integer without its end
    [InlineData("ffffffffff7f")] // an integer too long
    [InlineData("be")] // the newest of an empty dynamic table
    [InlineData("00")] // a name that is missing
    [InlineData("400a6162")] // a name longer than the block
    [InlineData("3fe2ff03")] // a table larger than allowed
    public void A_malformed_block_is_refused(string block) => Assert.Throws<WireException>(() => Decode(new HpackDecoder(), block));

    [Fact]
    public void Any_bytes_are_decoded_or_refused() => Gen.Byte.Array[0, 64].Sample(bytes =>
    {
        try
        {
            new HpackDecoder().Decode(bytes, []);
        }
        catch (WireException)
        {
            // Refused is an answer; any other exception is not.
        }
    });

    private static string Decode(HpackDecoder decoder, string block)
    {
        var fields = new List<(string Name, string Value)>();
        decoder.Decode(Convert.FromHexString(block), fields);
        return string.Join(';', fields.Select(f => $"{f.Name}={f.Value}"));
    }
}
