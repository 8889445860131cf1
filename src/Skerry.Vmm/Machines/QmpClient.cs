using System.Text.Json;

namespace Skerry.Vmm.Machines;

/// <summary>
/// QEMU's control protocol (docs/interop/qmp-spec.rst): one JSON object a line, commands one after the other, of events the reason of SHUTDOWN kept. QEMU is not
/// trusted once a guest runs in it: lines are bounded, and what is no answer is an error.
/// </summary>
internal sealed class QmpClient(Stream connection)
{
    private const int MostLine = 256 * 1024;
    private readonly byte[] _buffer = new byte[4096];
    private readonly MemoryStream _line = new();
    private int _at;
    private int _filled;

    /// <summary>Why the machine ended (qapi/run-state.json, ShutdownCause); null: it has not, or that was not read yet.</summary>
    internal string? ShutdownCause { get; private set; }

    /// <summary>Takes the greeting and leaves the mode in which nothing but capabilities can be set.</summary>
    internal async Task Begin(CancellationToken cancel)
    {
        await ReadLine(cancel).ConfigureAwait(false);
        await Command("qmp_capabilities", null, cancel).ConfigureAwait(false);
    }

    /// <summary>Makes a command.</summary>
    /// <param name="name">Of the command.</param>
    /// <param name="arguments">A JSON object; null: none.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What it returned.</returns>
    /// <exception cref="IOException">QEMU refused it, or is gone.</exception>
    internal async Task<JsonElement> Command(string name, string? arguments, CancellationToken cancel)
    {
        var text = arguments is null ? $"{{\"execute\":\"{name}\"}}\n" : $"{{\"execute\":\"{name}\",\"arguments\":{arguments}}}\n";
        await connection.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), cancel).ConfigureAwait(false);
        while (true)
        {
            using var answer = Parse(await ReadLine(cancel).ConfigureAwait(false));
            if (answer.RootElement.TryGetProperty("return"u8, out var returned))
            {
                return returned.Clone();
            }

            if (answer.RootElement.TryGetProperty("error"u8, out var error))
            {
                throw new IOException($"QEMU refused {name}: {(error.TryGetProperty("desc"u8, out var why) ? why.GetString() : error.GetRawText())}");
            }

            Note(answer.RootElement);
        }
    }

    /// <summary>Reads on to the end of the connection.</summary>
    /// <exception cref="IOException">It is reached, or what is read is no protocol.</exception>
    internal async Task ReadOut(CancellationToken cancel)
    {
        while (true)
        {
            using var said = Parse(await ReadLine(cancel).ConfigureAwait(false));
            Note(said.RootElement);
        }
    }

    private void Note(JsonElement said)
    {
        if (said.TryGetProperty("event"u8, out var name) && name.ValueKind == JsonValueKind.String && name.ValueEquals("SHUTDOWN"u8)
            && said.TryGetProperty("data"u8, out var data) && data.ValueKind == JsonValueKind.Object
            && data.TryGetProperty("reason"u8, out var reason) && reason.ValueKind == JsonValueKind.String)
        {
            ShutdownCause = reason.GetString();
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            throw new IOException("QEMU answered with what is no object");
        }
        catch (JsonException error)
        {
            throw new IOException($"QEMU answered with what is no JSON: {error.Message}", error);
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadLine(CancellationToken cancel)
    {
        _line.SetLength(0);
        while (true)
        {
            var rest = _buffer.AsSpan(_at, _filled - _at);
            var end = rest.IndexOf((byte)'\n');
            _line.Write(end < 0 ? rest : rest[..end]);
            _at = end < 0 ? _filled : _at + end + 1;
            if (end >= 0)
            {
                return _line.GetBuffer().AsMemory(0, (int)_line.Length);
            }

            if (_line.Length > MostLine)
            {
                throw new IOException($"QEMU answered with a line of more than {MostLine} bytes");
            }

            _at = 0;
            _filled = await connection.ReadAsync(_buffer, cancel).ConfigureAwait(false);
            if (_filled == 0)
            {
                throw new IOException("QEMU closed its control socket");
            }
        }
    }
}
