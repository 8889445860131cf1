using Skerry.Linux.Network;

namespace Skerry.Cli.Wire;

/// <summary>Where a node listens: a Unix socket.</summary>
/// <param name="Path">The socket's file; a leading @ names the abstract namespace (unix(7)).</param>
internal sealed record NodeAddress(string Path)
{
    internal const string Default = "unix:///run/skerry/node.sock";
    internal const string Variable = "SKERRY_ADDRESS";

    /// <summary>Reads <c>unix:///path</c>, <c>unix:path</c> or a plain path.</summary>
    /// <exception cref="CliFailure">It is none of these, or too long for a socket.</exception>
    internal static NodeAddress Parse(string text)
    {
        var path = text;
        if (text.StartsWith("unix://", StringComparison.Ordinal))
        {
            path = text["unix://".Length..];
        }
        else if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            path = text["unix:".Length..];
        }
        else if (text.Contains("://", StringComparison.Ordinal))
        {
            throw CliFailure.Usage($"the address {text} is not a Unix socket", $"use unix:///path/to/node.sock (the default is {Default})");
        }

        if (path.Length == 0)
        {
            throw CliFailure.Usage("the address of the node is empty", $"use unix:///path/to/node.sock (the default is {Default})");
        }

        return System.Text.Encoding.UTF8.GetByteCount(path) <= MessageSocket.LongestPath
            ? new NodeAddress(path.StartsWith('@') ? "\0" + path[1..] : path)
            : throw CliFailure.Usage($"the address {text} is longer than the {MessageSocket.LongestPath} bytes that a Unix socket may have");
    }
}
