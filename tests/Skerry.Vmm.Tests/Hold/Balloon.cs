using System.Globalization;
using System.Text.Json;

namespace Skerry.Vmm.Tests.Hold;

/// <summary>The other end of a control socket, where a guest does at once what its balloon is told (docs/interop/qmp-spec.rst).</summary>
internal sealed class Balloon(int mebibytes)
{
    /// <summary>What the guest has, MiB.</summary>
    internal int Mebibytes { get; private set; } = mebibytes;

    /// <summary>Answers until the connection ends.</summary>
    internal async Task Run(Stream connection)
    {
        await using var writer = new StreamWriter(connection) { AutoFlush = true };
        using var reader = new StreamReader(connection);
        try
        {
            await writer.WriteLineAsync("""{"QMP":{"version":{},"capabilities":[]}}""");
            while (await reader.ReadLineAsync() is { } line)
            {
                using var command = JsonDocument.Parse(line);
                var name = command.RootElement.GetProperty("execute").GetString();
                if (name == "balloon")
                {
                    Mebibytes = (int)(command.RootElement.GetProperty("arguments").GetProperty("value").GetInt64() >> 20);
                    await writer.WriteLineAsync("""{"event":"BALLOON_CHANGE","data":{"actual":1}}""");
                }

                var actual = ((long)Mebibytes << 20).ToString(CultureInfo.InvariantCulture);
                await writer.WriteLineAsync(name == "query-balloon" ? $$$"""{"return":{"actual":{{{actual}}}}}""" : """{"return":{}}""");
            }
        }
        catch (IOException)
        {
            // The other side is gone.
        }
    }
}
