using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Skerry.Oci.Tests.Layers;

/// <summary>Builds tars byte by byte, wrong ones too, independently of the writer under test.</summary>
internal sealed class TarBytes
{
    private readonly MemoryStream _bytes = new();

    public enum Magic
    {
        Posix,
        Gnu,
        V7,
    }

    public TarBytes Entry(string name, string content = "", char type = '0', string link = "", Magic magic = Magic.Posix, Action<byte[]>? edit = null) =>
        Entry(name, Encoding.UTF8.GetBytes(content), type, link, magic, edit);

    public TarBytes Entry(string name, byte[] content, char type, string link = "", Magic magic = Magic.Posix, Action<byte[]>? edit = null) =>
        Raw(Header(Encoding.UTF8.GetBytes(name), content.Length, type, link, magic, edit)).Padded(content);

    public TarBytes Pax(params (string Key, string Value)[] records) => PaxRaw('x', string.Concat(records.Select(r => Record(r.Key, r.Value))));

    public TarBytes Global(params (string Key, string Value)[] records) => PaxRaw('g', string.Concat(records.Select(r => Record(r.Key, r.Value))));

    public TarBytes PaxRaw(char type, string latin1) => Entry("PaxHeaders/x", Encoding.Latin1.GetBytes(latin1), type);

    public TarBytes Padded(byte[] content)
    {
        _bytes.Write(content);
        _bytes.Write(new byte[-content.Length & 511]);
        return this;
    }

    public TarBytes Raw(byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public TarBytes End() => Raw(new byte[1024]);

    public byte[] ToArray() => _bytes.ToArray();

    public static byte[] Header(byte[] name, long size, char type, string link = "", Magic magic = Magic.Posix, Action<byte[]>? edit = null)
    {
        var block = new byte[512];
        name.AsSpan(0, Math.Min(100, name.Length)).CopyTo(block);
        Text(block, 100, "0000644\0");
        Text(block, 108, "0000000\0");
        Text(block, 116, "0000000\0");
        Text(block, 124, Convert.ToString(size, 8).PadLeft(11, '0') + "\0");
        Text(block, 136, "00000000000\0");
        block[156] = (byte)type;
        Text(block, 157, link);
        if (magic != Magic.V7)
        {
            Text(block, 257, magic == Magic.Posix ? "ustar\0" + "00" : "ustar  \0");
            Text(block, 329, "0000000\0");
            Text(block, 337, "0000000\0");
        }

        edit?.Invoke(block);
        return Sum(block);
    }

    public static byte[] Sum(byte[] block)
    {
        Text(block, 148, "        ");
        Text(block, 148, Convert.ToString(block.Sum(b => (int)b), 8).PadLeft(6, '0') + "\0 ");
        return block;
    }

    public static void Text(byte[] block, int at, string latin1) => Encoding.Latin1.GetBytes(latin1).CopyTo(block, at);

    public static void Binary(byte[] block, int at, int length, long value)
    {
        block.AsSpan(at, length).Fill(value < 0 ? (byte)0xff : (byte)0);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(number, value);
        number[^Math.Min(8, length)..].CopyTo(block.AsSpan(at + Math.Max(0, length - 8)));
        block[at] |= 0x80;
    }

    public static string Record(string key, string value)
    {
        var rest = Encoding.UTF8.GetByteCount(key) + Encoding.Latin1.GetByteCount(value) + 3;
        var length = rest + 1;
        while (length != rest + length.ToString(CultureInfo.InvariantCulture).Length)
        {
            length = rest + length.ToString(CultureInfo.InvariantCulture).Length;
        }

        return $"{length} {key}={value}\n";
    }
}
