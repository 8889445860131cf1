using System.Text;
using CsCheck;
using Skerry.Cli.Attaching;

namespace Skerry.Cli.Tests.Attaching;

public sealed class DetachKeysTests
{
    [Theory]
    [InlineData("ls\n", "ls\n", false)]
    [InlineData("a\x10\x11rest", "a", true)]
    [InlineData("\x10\x10\x11", "\x10", true)]
    [InlineData("\x10x\x11", "\x10x\x11", false)]
    public void Only_the_sequence_leaves(string typed, string through, bool left)
    {
        // In one piece and key by key: the same.
        foreach (var pieces in new[] { new[] { typed }, typed.Select(c => c.ToString()).ToArray() })
        {
            var keys = new DetachKeys(null);
            var passed = new List<byte>();
            var detached = pieces.TakeWhile(piece => !keys.Filter(Encoding.ASCII.GetBytes(piece), passed)).Count() < pieces.Length;
            Assert.Equal((through, left), (Encoding.ASCII.GetString([.. passed]), detached));
        }
    }

    [Fact]
    public void Without_the_sequence_every_byte_passes_in_order() => Gen.Byte.Array[0, 200].Sample(typed =>
    {
        var keys = new DetachKeys("ctrl-a,b,ctrl-a,c");
        var passed = new List<byte>();
        byte[] end = [.. typed.Where(b => b != (byte)'c'), (byte)'x'];
        return !keys.Filter(end, passed) && passed.SequenceEqual(end);
    });

    [Fact]
    public void Keys_that_are_none_are_refused() => Assert.Throws<CliFailure>(() => new DetachKeys("ctrl-pq"));
}
