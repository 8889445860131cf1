using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Skerry.Contracts.Ttrpc;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Guest.Spec;

/// <summary>
/// The process object of an exec, with its user looked up in the container. Its /etc/passwd and /etc/group are whatever the container made
/// of them: opened inside its root only, regular files, read to a bound; a line that is not well formed is passed over.
/// </summary>
internal static class ExecSpec
{
    private const int MaxFileBytes = 4 << 20;

    /// <exception cref="GuestException">The document is not one, or there is no such user.</exception>
    public static byte[] Write(ReadOnlyMemory<byte> document, string user, string root)
    {
        try
        {
            using var json = JsonDocument.Parse(document);
            var output = new ArrayBufferWriter<byte>(document.Length + 256);
            using (var writer = new Utf8JsonWriter(output, SpecRewrite.Options))
            {
                writer.WriteStartObject();
                foreach (var member in json.RootElement.EnumerateObject())
                {
                    if (member.Name != "user" || user.Length == 0)
                    {
                        member.WriteTo(writer);
                    }
                }

                if (user.Length > 0)
                {
                    WriteUser(writer, user, root);
                }

                writer.WriteEndObject();
            }

            return output.WrittenSpan.ToArray();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Refused(error.Message);
        }
    }

    private static void WriteUser(Utf8JsonWriter writer, string wanted, string root)
    {
        var parts = wanted.Split(':');
        if (wanted.Length > 512 || parts.Length > 2 || wanted.Any(char.IsControl))
        {
            throw Refused("write the user as USER[:GROUP]");
        }

        var users = Lines(root, "etc/passwd", 4);
        var entry = users.Find(u => u[0] == parts[0]) ?? (Number(parts[0]) is { } id ? users.Find(u => Number(u[2]) == id) : null);
        var uid = Number(entry?[2] ?? parts[0]) ?? throw Refused($"the container's /etc/passwd has no user \"{parts[0]}\"");
        var groups = Lines(root, "etc/group", 3);
        var gid = parts.Length == 1 ? Number(entry?[3] ?? "0") ?? 0
            : Number(groups.Find(g => g[0] == parts[1])?[2] ?? parts[1]) ?? throw Refused($"the container's /etc/group has no group \"{parts[1]}\"");

        writer.WriteStartObject("user"u8);
        writer.WriteNumber("uid"u8, uid);
        writer.WriteNumber("gid"u8, gid);
        writer.WriteStartArray("additionalGids"u8);
        if (parts.Length == 1 && entry is not null)
        {
            foreach (var group in groups.Where(g => g.Length > 3 && g[3].Split(',').Contains(entry[0], StringComparer.Ordinal)).Take(1024))
            {
                if (Number(group[2]) is { } more && more != gid)
                {
                    writer.WriteNumberValue(more);
                }
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>4294967295 is (uid_t)-1, "no change" to the kernel (setresuid(2)).</summary>
    private static uint? Number(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < int.MaxValue ? id : null;

    private static List<string[]> Lines(string root, string path, int fields)
    {
        using var directory = FileCalls.Open(null, root, OpenFlags.Directory | OpenFlags.Path);
        var (opened, _) = FileCalls.OpenInRoot(directory, path, OpenFlags.Read | OpenFlags.NonBlock);
        if (opened is null)
        {
            return [];
        }

        using (opened)
        {
            var status = FileCalls.Status(opened);
            if (status.Kind != FileKind.Regular || status.Size > MaxFileBytes)
            {
                throw Refused($"the container's /{path} is not a regular file of at most {MaxFileBytes} bytes");
            }

            var bytes = new byte[(int)status.Size];
            var read = 0;
            while (read < bytes.Length && FileCalls.Read(opened, bytes.AsSpan(read), read, path) is > 0 and var more)
            {
                read += more;
            }

            return [.. Encoding.Latin1.GetString(bytes, 0, read).Split('\n').Select(static l => l.TrimEnd('\r').Split(':')).Where(l => l.Length >= fields && l[0].Length > 0)];
        }
    }

    private static GuestException Refused(string message) => new(TtrpcStatusCode.InvalidArgument, $"exec: {message}");
}
