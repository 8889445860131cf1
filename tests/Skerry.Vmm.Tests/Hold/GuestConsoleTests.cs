using System.Text;
using Skerry.Vmm.Hold;

namespace Skerry.Vmm.Tests.Hold;

public sealed class GuestConsoleTests
{
    private readonly GuestConsole _console = new();

    [Fact]
    public void The_last_lines_are_quoted_and_what_cannot_be_shown_is_not()
    {
        Add("one\r\ntwo\u001b[31m\u0000\n\n  three  ");
        Assert.Equal("one | two [31m | three", _console.Last());
    }

    [Fact]
    public void Only_the_last_of_much_is_kept()
    {
        for (var i = 0; i < 10_000; i++)
        {
            Add($"line {i}\n");
        }

        Assert.Equal("line 9994 | line 9995 | line 9996 | line 9997 | line 9998 | line 9999", _console.Last());
    }

    [Fact]
    public void A_panic_is_quoted_from_its_first_line_and_what_follows_it_is_bounded()
    {
        Add("before\n");
        Assert.False(_console.HasPanic);
        Add("[    1.0] Kernel panic - not syncing: sysrq triggered crash\n");
        for (var i = 0; i < 60; i++)
        {
            Add($"RDX: {i:x16} RSI: {i:x16} RDI: {i:x16}\n");
        }

        Assert.True(_console.HasPanic);
        Assert.StartsWith("[    1.0] Kernel panic - not syncing: sysrq triggered crash | RDX: 0000000000000000 RSI", _console.Last(), StringComparison.Ordinal);
        Assert.Equal(6, _console.Last().Split(" | ").Length);
    }

    [Fact]
    public void A_line_without_an_end_is_cut()
    {
        Add(new string('x', 100_000));
        Assert.Equal(201, _console.Last().Length);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_no_fault()
    {
        _console.Add([0xff, 0xfe, 0x80, (byte)'a', 0xc3]);
        Assert.Equal("a", _console.Last());
    }

    private void Add(string text) => _console.Add(Encoding.UTF8.GetBytes(text));
}
