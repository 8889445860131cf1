using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Images.Layers;

/// <summary>Reads a layer's inventory as it was at the end: later lines replaced earlier ones.</summary>
internal static class InventoryReader
{
    /// <summary>What must be where, by path.</summary>
    /// <exception cref="ImageException">The inventory itself is not what <paramref name="sha256"/> says.</exception>
    public static Dictionary<string, InventoryEntry> Read(FileDescriptor file, string layer, string sha256)
    {
        var bytes = FileCalls.ReadWhole(file, "inventory");
        if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != sha256)
        {
            throw new ImageException(ImageProblem.Corrupt, $"layer {layer}: its inventory is not the one that was written when it was unpacked");
        }

        var log = new InventoryLog(layer);
        using var lines = new StreamReader(new MemoryStream(bytes), Encoding.UTF8);
        if (lines.ReadLine() != InventoryWriter.Header)
        {
            throw new ImageException(ImageProblem.Corrupt, $"layer {layer}: its inventory is of another version");
        }

        while (lines.ReadLine() is { } line)
        {
            Apply(log, line.Split('\t'), layer);
        }

        return log.End();
    }

    private static void Apply(InventoryLog log, string[] fields, string layer)
    {
        if (fields is ["x", var removed])
        {
            log.Remove(Unescape(removed));
            return;
        }

        if (fields.Length < 8 || fields[0].Length != 1)
        {
            throw new ImageException(ImageProblem.Corrupt, $"layer {layer}: a line of its inventory is malformed");
        }

        string name = Unescape(fields[6]);
        if (fields[0] == "h")
        {
            log.Link(name, Unescape(fields[7]));
            return;
        }

        string[] time = fields[5].Split('.');
        log.Put(new InventoryEntry(
            name,
            fields[0][0] switch
            {
                'f' => FileKind.Regular,
                'd' => FileKind.Directory,
                'l' => FileKind.Symlink,
                'p' => FileKind.Fifo,
                'w' => FileKind.CharacterDevice,
                _ => throw new ImageException(ImageProblem.Corrupt, $"layer {layer}: its inventory has an entry of unknown kind"),
            },
            Convert.ToUInt32(fields[1], 8),
            uint.Parse(fields[2], CultureInfo.InvariantCulture),
            uint.Parse(fields[3], CultureInfo.InvariantCulture),
            long.Parse(fields[4], CultureInfo.InvariantCulture),
            long.Parse(time[0], CultureInfo.InvariantCulture),
            uint.Parse(time[1], CultureInfo.InvariantCulture),
            Unescape(fields[7]),
            "",
            [.. fields.Skip(8).Select(Attribute)]));
    }

    private static KeyValuePair<string, byte[]> Attribute(string field)
    {
        int equals = field.IndexOf('=', StringComparison.Ordinal);
        return new(Unescape(field[..equals]), Convert.FromBase64String(field[(equals + 1)..]));
    }

    private static string Unescape(string text)
    {
        int at = text.IndexOf('\\', StringComparison.Ordinal);
        if (at < 0)
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length)
            {
                int value = int.Parse(text.AsSpan(i + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

                // 80 and above are bytes that are no UTF-8 (FileText).
                result.Append((char)(value >= 0x80 ? 0xdc00 + value : value));
                i += 3;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }
}
