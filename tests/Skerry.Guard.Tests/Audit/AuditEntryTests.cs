using System.Text;
using Skerry.Guard.Audit;

namespace Skerry.Guard.Tests.Audit;

public sealed class AuditEntryTests
{
    private const string Canonical =
        "{\"actor\":{\"pid\":\"7\",\"uid\":\"0\"},\"at\":\"2026-01-31T12:00:00.000001Z\",\"boot\":\"b\",\"details\":{\"reason\":\"a\\n\\\"b\\\"\\u0001\\\\/€\"},\"kind\":\"pod.create\",\"outcome\":\"refused\",\"subject\":{\"pod\":\"p\"}}";

    private static readonly AuditEntry Entry = new()
    {
        At = new DateTimeOffset(2026, 1, 31, 14, 0, 0, TimeSpan.FromHours(2)).AddMicroseconds(1),
        Kind = "pod.create",
        Outcome = "refused",
        Boot = "b",
        Actor = AuditEntry.Values(("uid", "0"), ("pid", "7"), ("group", null), ("name", "")),
        Subject = AuditEntry.Values(("pod", "p")),
        Details = AuditEntry.Values(("reason", "a\n\"b\"\u0001\\/€")),
    };

    [Fact]
    public void An_entry_has_one_form_and_is_read_from_it()
    {
        Assert.Equal(Canonical, Entry.ToString());
        Assert.Equal(Canonical, AuditEntry.Parse(Encoding.UTF8.GetBytes(Canonical)).ToString());
    }

    [Fact]
    public void Names_are_ordered_by_UTF16_units_and_escapes_are_the_fewest()
    {
        // The example of RFC 8785 §3.2.3, as far as texts go.
        var entry = Entry with { Details = AuditEntry.Values(("\u20ac", "Euro Sign"), ("\r", "Carriage Return"), ("\ufb33", "Hebrew Letter Dalet With Dagesh"), ("1", "One"), ("\ud83d\ude00", "Emoji: Grinning Face"), ("\u0080", "Control"), ("\u00f6", "Latin Small Letter O With Diaeresis")) };
        Assert.Contains(
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
            entry.ToString(),
            StringComparison.Ordinal);
        Assert.Equal(entry.ToString(), AuditEntry.Parse(entry.Encode()).ToString());
    }

    [Theory]
    [InlineData("{\"actor\":", "{ \"actor\":")]
    [InlineData("\"pid\":\"7\",\"uid\":\"0\"", "\"uid\":\"0\",\"pid\":\"7\"")]
    [InlineData("\"kind\":", "\"kind\":\"x\",\"kind\":")]
    [InlineData("\\n", "\\u000a")]
    [InlineData("€", "\\u20ac")]
    [InlineData(".000001Z", ".000001+00:00")]
    [InlineData(".000001Z", "Z")]
    [InlineData("\"boot\":\"b\"", "\"boot\":1")]
    [InlineData("\"boot\":\"b\"", "\"boot\":\"b\",\"extra\":\"\"")]
    [InlineData("\"boot\":\"b\",", "")]
    [InlineData("{\"pod\":\"p\"}", "{\"pod\":{\"a\":\"p\"}}")]
    [InlineData("{\"pod\":\"p\"}", "{}")]
    [InlineData("{\"pod\":\"p\"}", "[\"p\"]")]
    [InlineData("\"p\"}}", "\"\\ud800\"}}")]
    [InlineData("\"p\"}}", "\"p\"}")]
    public void What_is_not_the_canonical_form_is_refused(string part, string other) =>
        Assert.Throws<AuditFormatException>(() => AuditEntry.Parse(Encoding.UTF8.GetBytes(Canonical.Replace(part, other, StringComparison.Ordinal))));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\u0000")]
    [InlineData("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}")]
    public void What_is_no_entry_is_refused(string json) => Assert.Throws<AuditFormatException>(() => AuditEntry.Parse(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Half_a_character_becomes_a_replacement_and_a_long_value_says_that_it_was_cut()
    {
        var entry = Entry with { Details = AuditEntry.Values(("a", "x\ud800y"), ("b", new string('z', 5000))) };
        var read = AuditEntry.Parse(entry.Encode());
        Assert.Equal("x\ufffdy", read.Details["a"]);
        Assert.EndsWith("z… (5000 characters)", read.Details["b"], StringComparison.Ordinal);
        Assert.True(entry.Encode().Length < EntryBundle.LongestEntry);
    }

    [Fact]
    public void The_longest_entry_that_can_be_made_fits_a_bundle()
    {
        var values = AuditEntry.Values([.. Enumerable.Range(0, 24).Select(static i => ($"name{i}", (string?)new string('\u0001', 4000)))]);
        Assert.True((Entry with { Details = values }).Encode().Length > EntryBundle.LongestEntry, "then the writer's own limit is what holds");
    }
}
