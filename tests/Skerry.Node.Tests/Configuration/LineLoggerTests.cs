using Skerry.Node.Configuration;

namespace Skerry.Node.Tests.Configuration;

public sealed class LineLoggerTests
{
    [Theory]
    [InlineData("as it is, é ⏎", "as it is, é ⏎")]
    [InlineData("two\nlines", "two ⏎ lines")]
    [InlineData("\u001b[2J\u0001\u009b", "\\x1b[2J\\x01\\x9b")]
    public void A_line_of_the_log_has_no_order_to_a_terminal_in_it(string said, string written) => Assert.Equal(written, LineLoggerProvider.OneLine(said));
}
