using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Skerry.Linux.Files;

namespace Skerry.Node.Isolation;

/// <summary>
/// Keeps what trials found until the next boot, or until something that they depend on becomes another thing. A file that cannot be read
/// holds nothing, and one that cannot be written keeps nothing; losing it costs one trial of each.
/// </summary>
internal sealed class TrialCache(string path)
{
    private readonly Lock _gate = new(); // guards the file

    /// <summary>What a trial depends on: the boot, this program, and the identity of each file or device.</summary>
    internal static string Key(IReadOnlyList<string> files) => string.Join(
        '\n', [File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), typeof(TrialCache).Assembly.GetName().Version?.ToString() ?? string.Empty, .. files.Select(Identity)]);

    /// <summary>What a file or device is: another inode, device number, size or time of change is another thing.</summary>
    internal static string Identity(string file) => FileCalls.Status(null, Resolve(file)) is { } status
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"{file} {status.FileSystem.Major}:{status.FileSystem.Minor} {status.Inode} {status.RawDevice.Major}:{status.RawDevice.Minor} {status.Size} {(status.Kind == FileKind.Regular ? status.ModifiedSeconds : 0)}")
        : file + " absent";

    /// <summary>What was stored under a name with this key; empty: nothing.</summary>
    internal string[] Load(string name, string key)
    {
        lock (_gate)
        {
            return Read().TryGetValue(name, out var entry) && entry is [var stored, .. var values] && stored == key ? values : [];
        }
    }

    /// <summary>Stores what a trial found.</summary>
    internal void Store(string name, string key, IReadOnlyList<string> values)
    {
        lock (_gate)
        {
            var all = Read();
            all[name] = [key, .. values];
            var buffer = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(buffer))
            {
                json.WriteStartObject();
                foreach (var (each, texts) in all)
                {
                    json.WriteStartArray(each);
                    foreach (var text in texts)
                    {
                        json.WriteStringValue(text);
                    }

                    json.WriteEndArray();
                }

                json.WriteEndObject();
            }

            TrialFile.Write(path, buffer.WrittenSpan);
        }
    }

    /// <summary>Forgets everything.</summary>
    internal void Clear()
    {
        lock (_gate)
        {
            File.Delete(path);
        }
    }

    private Dictionary<string, string[]> Read()
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.EnumerateObject().ToDictionary(
                static p => p.Name, static p => p.Value.EnumerateArray().Select(static v => v.GetString()!).ToArray(), StringComparer.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    /// <summary>Where a link leads: it is the program that was tried.</summary>
    private static string Resolve(string file) => File.Exists(file) ? File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file : file;
}
