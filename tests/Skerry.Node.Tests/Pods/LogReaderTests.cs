using System.Text;
using Skerry.Node.Pods;

namespace Skerry.Node.Tests.Pods;

public sealed class LogReaderTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-log-").FullName;

    private string Log => Path.Combine(_directory, "log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_is_written_later_is_read_on_and_nothing_twice()
    {
        File.WriteAllText(Log, Line("one") + Line("two"));
        using var reader = new LogReader(Log);
        Assert.Equal(["one\n", "two\n"], Text(reader.ReadOn()));
        Assert.Empty(reader.ReadOn());
        File.AppendAllText(Log, Line("three"));
        Assert.Equal(["three\n"], Text(reader.ReadOn()));
    }

    [Fact]
    public void A_line_that_is_half_written_waits_for_its_other_half()
    {
        var line = Line("whole");
        File.WriteAllText(Log, line[..^4]);
        using var reader = new LogReader(Log);
        Assert.Empty(reader.ReadOn());
        File.AppendAllText(Log, line[^4..]);
        Assert.Equal(["whole\n"], Text(reader.ReadOn()));
    }

    [Fact]
    public void A_last_line_that_a_crash_tore_is_shown_as_far_as_it_goes()
    {
        File.WriteAllText(Log, Line("one") + Line("torn")[..^3]);
        using var reader = new LogReader(Log);
        Assert.Equal(["one\n"], Text(reader.ReadOn()));
        Assert.Equal("to", Encoding.UTF8.GetString(reader.Rest()!.Value.Data.Span));
        Assert.Null(reader.Rest());
    }

    [Fact]
    public void Zeros_that_a_power_cut_left_are_passed_over()
    {
        File.WriteAllText(Log, new string('\0', 5000) + Line("after"));
        using var reader = new LogReader(Log);
        Assert.Equal(["after\n"], Text(reader.ReadOn()));
    }

    [Fact]
    public void A_log_that_was_begun_anew_is_read_to_its_end_and_then_from_the_new_beginning()
    {
        File.WriteAllText(Log, Line("one"));
        using var reader = new LogReader(Log);
        Assert.Equal(["one\n"], Text(reader.ReadOn()));
        File.AppendAllText(Log, Line("two"));
        File.WriteAllText(Log + ".tmp", Line("three"));
        File.Move(Log + ".tmp", Log, overwrite: true);
        Assert.Equal(["two\n", "three\n"], Text(reader.ReadOn()));
    }

    [Fact]
    public void A_log_that_was_cut_off_is_read_from_its_beginning()
    {
        File.WriteAllText(Log, Line("one") + Line("two"));
        using var reader = new LogReader(Log);
        Assert.Equal(2, reader.ReadOn().Count());
        File.WriteAllText(Log, Line("new"));
        Assert.Equal(["new\n"], Text(reader.ReadOn()));
    }

    [Fact]
    public void A_log_that_is_not_there_yet_is_empty()
    {
        using var reader = new LogReader(Log);
        reader.SeekTail(3);
        Assert.Empty(reader.ReadOn());
        File.WriteAllText(Log, Line("one"));
        Assert.Equal(["one\n"], Text(reader.ReadOn()));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "e")]
    [InlineData(2, "d e")]
    [InlineData(5, "a b c d e")]
    [InlineData(9, "a b c d e")]
    [InlineData(-1, "a b c d e")]
    public void The_tail_has_as_many_lines_as_were_asked_for(long lines, string expected)
    {
        File.WriteAllText(Log, string.Concat("abcde".Select(c => Line(c.ToString()))));
        using var reader = new LogReader(Log);
        reader.SeekTail(lines);
        Assert.Equal(expected, string.Join(' ', Text(reader.ReadOn()).Select(t => t.TrimEnd())));
    }

    [Fact]
    public void A_line_in_pieces_counts_once_in_the_tail_and_comes_whole()
    {
        File.WriteAllText(Log, Line("first") + Line("lo", piece: true) + Line("n", piece: true) + Line("g") + Line("last"));
        using var reader = new LogReader(Log);
        reader.SeekTail(2);
        Assert.Equal("long\nlast\n", string.Concat(Text(reader.ReadOn())));
    }

    private static string Line(string text, bool piece = false) => $"2026-01-31T12:00:00.000000000+00:00 stdout {(piece ? 'P' : 'F')} {text}\n";

    private static List<string> Text(IEnumerable<LogFile.Line> lines) => [.. lines.Select(l => Encoding.UTF8.GetString(l.Data.Span))];
}
