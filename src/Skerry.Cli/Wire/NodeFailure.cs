using System.Globalization;
using System.Text;

namespace Skerry.Cli.Wire;

/// <summary>
/// The node's own account of a failure: gRPC's status and message, and from the trailers <c>skerry-next</c> what to do about
/// it and <c>skerry-exit-code</c> the exit code where docker has one (125, 126, 127).
/// </summary>
internal sealed class NodeFailure(int status, string message, string? next = null, int? exitCode = null) : Exception(message)
{
    // grpc/doc/statuscodes.md
    internal const int Ok = 0;
    internal const int Unimplemented = 12;
    internal const int Internal = 13;
    internal const int Unavailable = 14;

    /// <summary>gRPC's status code.</summary>
    internal int Status { get; } = status;

    /// <summary>What to do about it, or null.</summary>
    internal string? Next { get; } = next;

    /// <summary>The exit code that the node asks for, or null.</summary>
    internal int? ExitCode { get; } = exitCode;

    /// <summary>The failure that a call's headers and trailers tell of, or null when it ended well.</summary>
    internal static NodeFailure? Of(IReadOnlyList<(string Name, string Value)> headers)
    {
        var http = Find(headers, ":status");
        if (Find(headers, "grpc-status") is not { } text
            || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            return new NodeFailure(
                Unavailable,
                http is null or "200" ? "the node ended the call without a status" : $"the peer answered HTTP {http}: it is not a Skerry node",
                "check --address and SKERRY_ADDRESS");
        }

        if (status == Ok)
        {
            return null;
        }

        var message = Decode(Find(headers, "grpc-message"));
        var next = NextOf(headers);
        if (status == Unimplemented && next is null)
        {
            return new NodeFailure(
                status,
                $"the node cannot do this: {(string.IsNullOrEmpty(message) ? "it does not know the method" : message)}",
                "compare `skerry version` with the version of skerryd");
        }

        int? exit = int.TryParse(Find(headers, "skerry-exit-code"), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            && code is > 0 and < 256 ? code : null;
        return new NodeFailure(status, string.IsNullOrEmpty(message) ? $"the node failed with status {status}" : message, next, exit);
    }

    private static string? NextOf(IReadOnlyList<(string Name, string Value)> headers)
    {
        if (Find(headers, "skerry-next") is { } text)
        {
            return Decode(text);
        }

        var binary = Find(headers, "skerry-next-bin");
        var bytes = new byte[binary?.Length ?? 0];
        return binary is not null && Convert.TryFromBase64String(binary.PadRight((binary.Length + 3) / 4 * 4, '='), bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : null;
    }

    private static string? Find(IReadOnlyList<(string Name, string Value)> headers, string name)
    {
        for (var i = headers.Count - 1; i >= 0; i--)
        {
            if (headers[i].Name == name)
            {
                return headers[i].Value;
            }
        }

        return null;
    }

    /// <summary>gRPC's percent-encoding (PROTOCOL-HTTP2.md, Status-Message); what is not encoded well stays as it is.</summary>
    private static string? Decode(string? text)
    {
        if (text is null || !text.Contains('%'))
        {
            return text;
        }

        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length
                && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                bytes.Add(octet);
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text, i, 1));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
