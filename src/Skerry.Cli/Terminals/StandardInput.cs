using System.Text;
using Skerry.Linux.Terminals;

namespace Skerry.Cli.Terminals;

/// <summary>Small things read from standard input.</summary>
internal static class StandardInput
{
    private const int Longest = 64 << 10;

    /// <summary>Everything up to the end, without the line break at its end: a secret.</summary>
    /// <exception cref="CliFailure">It is empty, or longer than any secret.</exception>
    internal static string Line()
    {
        var bytes = new byte[Longest];
        var length = 0;
        while (length < bytes.Length && StandardStream.Read(StandardStream.In, bytes.AsSpan(length)) is var count and > 0)
        {
            length += count;
        }

        var text = Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\r', '\n');
        return length < Longest && text.Length > 0
            ? text
            : throw CliFailure.Usage(length == Longest ? "what stands in standard input is longer than any password" : "standard input holds no password");
    }
}
