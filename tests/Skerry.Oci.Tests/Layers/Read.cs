using Skerry.Oci.Layers;

namespace Skerry.Oci.Tests.Layers;

/// <summary>Reads whole layers for tests.</summary>
internal static class Read
{
    public static List<(LayerEntry Entry, byte[] Content)> All(byte[] tar, LayerLimits? limits = null) => All(new MemoryStream(tar), limits);

    public static List<(LayerEntry Entry, byte[] Content)> All(Stream tar, LayerLimits? limits = null)
    {
        using var reader = new LayerReader(tar, limits);
        var result = new List<(LayerEntry, byte[])>();
        while (reader.Read() is { } entry)
        {
            var content = new MemoryStream();
            reader.Content.CopyTo(content);
            result.Add((entry, content.ToArray()));
        }

        return result;
    }

    public static LayerEntry One(byte[] tar) => Assert.Single(All(tar)).Entry;

    public static OciFormatException Refused(byte[] tar, LayerLimits? limits = null) => Assert.Throws<OciFormatException>(() => All(tar, limits));
}

/// <summary>Gives its bytes in pieces of chosen lengths, as a network would.</summary>
internal sealed class Piecemeal(byte[] bytes, Func<int> piece) : MemoryStream(bytes)
{
    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, Math.Max(1, piece()))]);

    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, Math.Max(1, piece())));
}
