using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Skerry.Node.Sensors.Falco;

/// <summary>One request of Falco's http_output: HTTP/1.1, POST, with the length of its body (RFC 9112).</summary>
internal static class FalcoRequest
{
    /// <summary>Bytes of a body at most.</summary>
    internal const int MostBody = 256 << 10;

    private const int MostHead = 8192;

    /// <summary>Reads a request; it has an alert, or a status that says why not.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="path">The only path.</param>
    /// <param name="cancel">Ends the patience.</param>
    internal static async Task<(byte[]? Body, string Status, string Why)> Read(Stream stream, string path, CancellationToken cancel)
    {
        var buffer = new byte[MostHead];
        var length = 0;
        int end;
        while ((end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (length == buffer.Length)
            {
                return (null, "431 Request Header Fields Too Large", $"more than {MostHead} bytes before the body");
            }

            var read = await stream.ReadAsync(buffer.AsMemory(length), cancel).ConfigureAwait(false);
            if (read == 0)
            {
                return (null, "400 Bad Request", "the request was cut off");
            }

            length += read;
        }

        var lines = Encoding.ASCII.GetString(buffer, 0, end).Split("\r\n");
        if (lines[0].Split(' ') is not [var method, var target, "HTTP/1.1" or "HTTP/1.0"])
        {
            return (null, "400 Bad Request", "this is no HTTP/1.1");
        }

        if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(target), Encoding.ASCII.GetBytes(path)))
        {
            return (null, "404 Not Found", "nothing is here");
        }

        if (method != "POST")
        {
            return (null, "405 Method Not Allowed", "alerts are posted");
        }

        string[] sizes = [.. lines.Skip(1).Where(static l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Select(static l => l[15..].Trim()).Distinct(StringComparer.Ordinal)];
        if (sizes is not [var size] || !int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
        {
            return (null, "411 Length Required", "an alert is posted with one Content-Length, not compressed and not in chunks");
        }

        if (bytes > MostBody)
        {
            return (null, "413 Content Too Large", $"an alert has at most {MostBody} bytes");
        }

        var body = new byte[bytes];
        var have = Math.Min(bytes, length - end - 4);
        buffer.AsSpan(end + 4, have).CopyTo(body);
        if (lines.Any(static l => l.StartsWith("Expect:", StringComparison.OrdinalIgnoreCase) && l.Contains("100-continue", StringComparison.OrdinalIgnoreCase)) && have < bytes)
        {
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancel).ConfigureAwait(false);
        }

        await stream.ReadExactlyAsync(body.AsMemory(have), cancel).ConfigureAwait(false);
        return (body, "200 OK", string.Empty);
    }
}
