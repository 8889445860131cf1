using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Skerry.Linux.Terminals;

namespace Skerry.Runtime.Output;

/// <summary>
/// Where errors go: standard error, and the file that --log names in the format that --log-format names, as runc writes it
/// (containerd and podman take the last entry of level error from there).
/// </summary>
internal sealed class Report(string? log, bool json)
{
    private const string Name = "skerry-runtime";

    /// <summary>The log's length now, so that later only what was added is read.</summary>
    internal long LogLength => log is not null && File.Exists(log) ? new FileInfo(log).Length : 0;

    /// <summary>Reports an error of our own.</summary>
    internal void Refused(string command, string? id, string message)
    {
        var text = Line(command, id, message);
        StandardStream.Write(StandardStream.Error, Encoding.UTF8.GetBytes(text + "\n"));
        ToLog(text);
    }

    /// <summary>Says which step failed beneath, keeping the message that was written there.</summary>
    internal void FailedBeneath(string command, string? id, string runtime, int exitCode, long logStart)
    {
        var message = log is null ? null : LastMessage(logStart);
        if (message is null)
        {
            var text = Line(command, id, $"{runtime} failed with exit code {exitCode}; its message is above");
            StandardStream.Write(StandardStream.Error, Encoding.UTF8.GetBytes(text + "\n"));
            return;
        }

        ToLog(Line(command, id, $"{runtime}: {InGo(message)}"));
    }

    private static string Line(string command, string? id, string message) =>
        $"{Name}: {command}{(command.Length > 0 ? " " : "")}{id}{(id is null ? "" : ": ")}{message}";

    /// <summary>
    /// docker tells 127 and 126 from 125 by the kernel's errors as Go spells them (runStartContainerErr, docker/cli cli/command/container/run.go).
    /// </summary>
    private static string InGo(string message) =>
        message.Replace(": No such file or directory", ": no such file or directory", StringComparison.Ordinal)
            .Replace(": Permission denied", ": permission denied", StringComparison.Ordinal);

    private void ToLog(string text)
    {
        if (log is null or "/dev/stderr")
        {
            return;
        }

        try
        {
            using var file = new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 0);
            file.Write(json ? Entry(text) : Encoding.UTF8.GetBytes(text + "\n"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            StandardStream.Write(StandardStream.Error, Encoding.UTF8.GetBytes($"{Name}: --log {log}: {error.Message}\n"));
        }
    }

    private static byte[] Entry(string text)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("level", "error");
            writer.WriteString("msg", text);
            writer.WriteString("time", TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", null));
            writer.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private string? LastMessage(long start)
    {
        const int Most = 64 * 1024;
        try
        {
            using var file = new FileStream(log!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
            file.Position = Math.Max(start, file.Length - Most);
            var bytes = new byte[Math.Max(0, file.Length - file.Position)];
            file.ReadExactly(bytes);
            string? last = null;
            foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                last = (json ? MessageOf(line) : line) ?? last;
            }

            return last;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    private static string? MessageOf(string line)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(line));
            string? message = null;
            var isError = true;
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    var name = reader.GetString();
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.String && name == "msg")
                    {
                        message = reader.GetString();
                    }
                    else if (reader.TokenType == JsonTokenType.String && name == "level")
                    {
                        isError = reader.GetString() is "error" or "fatal";
                    }
                    else
                    {
                        reader.Skip();
                    }
                }
            }

            return isError ? message : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
