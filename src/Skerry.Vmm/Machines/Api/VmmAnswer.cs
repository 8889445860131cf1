using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Skerry.Vmm.Machines.Api;

/// <summary>An answer of a VMM: what of HTTP/1.1 (RFC 9112) the two servers write, which is a status, fields and a body of a stated length.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Body">The body.</param>
internal sealed record VmmAnswer(int Status, ReadOnlyMemory<byte> Body)
{
    private const int MostHead = 8 * 1024;
    private const int MostBody = 256 * 1024;
    private const int MostFault = 600;
    private static ReadOnlySpan<byte> HeadEnd => "\r\n\r\n"u8;

    /// <summary>It did what was asked.</summary>
    internal bool IsGood => Status is 200 or 204;

    /// <summary>Reads one.</summary>
    /// <exception cref="VmmAnswerException">It is cut, too large, or no HTTP.</exception>
    internal static async Task<VmmAnswer> Read(Stream connection, CancellationToken cancel)
    {
        var bytes = new byte[1024];
        var filled = 0;
        int end;
        while ((end = bytes.AsSpan(0, filled).IndexOf(HeadEnd)) < 0)
        {
            (bytes, filled) = await More(connection, bytes, filled, MostHead, "before the end of its head", cancel).ConfigureAwait(false);
        }

        var (status, length) = Head(Encoding.Latin1.GetString(bytes, 0, end));
        var start = end + HeadEnd.Length;
        if (length > MostBody)
        {
            throw new VmmAnswerException(string.Create(CultureInfo.InvariantCulture, $"its answer has {length} bytes, and {MostBody} are read at most"));
        }

        while (filled < start + length)
        {
            (bytes, filled) = await More(connection, bytes, filled, start + length, string.Create(CultureInfo.InvariantCulture, $"after {filled - start} of {length} bytes of its body"), cancel).ConfigureAwait(false);
        }

        return new VmmAnswer(status, bytes.AsMemory(start, length));
    }

    /// <summary>What it says of why: Firecracker's fault_message, Cloud Hypervisor's list of causes, or the text that it is.</summary>
    internal string Fault()
    {
        var said = Words();
        var text = string.Concat((said.Length > MostFault ? said[..MostFault] + "…" : said).Select(static c => char.IsControl(c) || c == '\uFFFD' ? ' ' : c)).Trim();
        return text.Length > 0 ? text : "it does not say why";
    }

    private string Words()
    {
        try
        {
            using var document = JsonDocument.Parse(Body);
            return document.RootElement switch
            {
                { ValueKind: JsonValueKind.Object } said when said.TryGetProperty("fault_message"u8, out var fault) && fault.ValueKind == JsonValueKind.String => fault.GetString()!,
                { ValueKind: JsonValueKind.Array } causes => string.Join(": ", causes.EnumerateArray().Select(static c => c.ToString())),
                { ValueKind: JsonValueKind.String } text => text.GetString()!,
                var other => other.GetRawText(),
            };
        }
        catch (JsonException)
        {
            return Encoding.UTF8.GetString(Body.Span);
        }
    }

    private static (int Status, int Length) Head(string head)
    {
        var lines = head.Split("\r\n");
        if (lines[0].Split(' ') is not [['H', 'T', 'T', 'P', '/', '1', '.', '0' or '1'], var code, ..] || code.Length != 3 || !int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            throw new VmmAnswerException("its answer is no HTTP");
        }

        var length = 0;
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (field, value) = colon > 0 ? (line[..colon], line[(colon + 1)..].Trim()) : throw new VmmAnswerException("its answer has a line that is no field");
            if (field.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                throw new VmmAnswerException($"its answer comes in a coding that is not read here ({value})");
            }

            if (field.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) && !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out length))
            {
                throw new VmmAnswerException($"its answer has a length that is none ({value})");
            }
        }

        return (status, length);
    }

    private static async Task<(byte[] Bytes, int Filled)> More(Stream connection, byte[] bytes, int filled, int most, string where, CancellationToken cancel)
    {
        if (filled >= most)
        {
            throw new VmmAnswerException(string.Create(CultureInfo.InvariantCulture, $"its answer's head has more than {most} bytes"));
        }

        if (filled == bytes.Length)
        {
            Array.Resize(ref bytes, Math.Min(Math.Max(bytes.Length * 2, 1024), Math.Max(most, bytes.Length + 1)));
        }

        var count = await connection.ReadAsync(bytes.AsMemory(filled), cancel).ConfigureAwait(false);
        return count > 0 ? (bytes, filled + count) : throw new VmmAnswerException($"it closed its API socket {where}");
    }
}
