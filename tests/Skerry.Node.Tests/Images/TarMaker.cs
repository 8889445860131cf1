using System.Globalization;
using System.Text;

namespace Skerry.Node.Tests.Images;

/// <summary>Writes tars byte by byte, also such as no honest program writes.</summary>
internal sealed class TarMaker
{
    private readonly MemoryStream _tar = new();

    public TarMaker File(string name, string content, int mode = 0x1a4, uint uid = 0, uint gid = 0) => Entry(name, '0', Encoding.UTF8.GetBytes(content), "", mode, uid, gid);

    public TarMaker Directory(string name, int mode = 0x1ed, uint uid = 0, uint gid = 0, long mtime = 1_700_000_000) => Entry(name, '5', [], "", mode, uid, gid, mtime);

    public TarMaker Symlink(string name, string target) => Entry(name, '2', [], target, 0x1ff);

    public TarMaker HardLink(string name, string target) => Entry(name, '1', [], target);

    public TarMaker Fifo(string name) => Entry(name, '6', [], "");

    public TarMaker Device(string name, char type, int major, int minor) => Entry(name, type, [], "", 0x1b6, 0, 0, 0, major, minor);

    public TarMaker Whiteout(string name) => Entry(name, '0', [], "");

    public TarMaker Pax(params (string Key, string Value)[] records)
    {
        var body = new StringBuilder();
        foreach (var (key, value) in records)
        {
            int length = Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value) + 3;
            int digits = (length + 2).ToString(CultureInfo.InvariantCulture).Length;
            digits = (length + digits).ToString(CultureInfo.InvariantCulture).Length;
            body.Append(CultureInfo.InvariantCulture, $"{length + digits} {key}={value}\n");
        }

        return Entry("pax", 'x', Encoding.UTF8.GetBytes(body.ToString()), "");
    }

    public TarMaker PaxBytes(string key, byte[] value)
    {
        byte[] name = Encoding.UTF8.GetBytes(key);
        int length = name.Length + value.Length + 3;
        int digits = (length + 2).ToString(CultureInfo.InvariantCulture).Length;
        digits = (length + digits).ToString(CultureInfo.InvariantCulture).Length;
        return Entry("pax", 'x', [.. Encoding.ASCII.GetBytes((length + digits).ToString(CultureInfo.InvariantCulture)), (byte)' ', .. name, (byte)'=', .. value, (byte)'\n'], "");
    }

    public TarMaker LongName(string name) => Entry("././@LongLink", 'L', [.. Encoding.UTF8.GetBytes(name), 0], "");

    public TarMaker LongLink(string target) => Entry("././@LongLink", 'K', [.. Encoding.UTF8.GetBytes(target), 0], "");

    public TarMaker Entry(string name, char type, byte[] content, string link, int mode = 0x1a4, uint uid = 0, uint gid = 0, long mtime = 1_700_000_000, int major = 0, int minor = 0)
    {
        var block = new byte[512];
        Encoding.Latin1.GetBytes(name.Length > 100 ? name[..100] : name).CopyTo(block, 0);
        Octal(block, 100, 8, mode);
        Octal(block, 108, 8, uid);
        Octal(block, 116, 8, gid);
        Octal(block, 124, 12, content.Length);
        Octal(block, 136, 12, mtime);
        block.AsSpan(148, 8).Fill((byte)' ');
        block[156] = (byte)type;
        Encoding.Latin1.GetBytes(link.Length > 100 ? link[..100] : link).CopyTo(block, 157);
        "ustar\0"u8.CopyTo(block.AsSpan(257));
        "00"u8.CopyTo(block.AsSpan(263));
        Octal(block, 329, 8, major);
        Octal(block, 337, 8, minor);
        int sum = 0;
        foreach (byte b in block)
        {
            sum += b;
        }

        Octal(block, 148, 7, sum);
        _tar.Write(block);
        _tar.Write(content);
        _tar.Write(new byte[(512 - (content.Length % 512)) % 512]);
        return this;
    }

    public byte[] End()
    {
        _tar.Write(new byte[1024]);
        return _tar.ToArray();
    }

    private static void Octal(byte[] block, int at, int length, long value) =>
        Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(length - 1, '0')).CopyTo(block, at);
}
