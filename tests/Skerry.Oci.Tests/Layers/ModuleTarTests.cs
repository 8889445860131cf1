using Skerry.Oci.Layers;

namespace Skerry.Oci.Tests.Layers;

public sealed class ModuleTarTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(70_000)]
    public void A_module_is_read_as_the_tar_of_one_file(int size)
    {
        var module = Enumerable.Range(0, size).Select(static n => (byte)(n * 7)).ToArray();
        using var tar = new ModuleTar(new MemoryStream(module), size);
        using var reader = new LayerReader(tar, LayerLimits.Default, leaveOpen: true);
        var entry = reader.Read();
        Assert.NotNull(entry);
        Assert.Equal((ModuleTar.Name, LayerEntryType.File, (long)size), (entry.SafePath.Value, entry.Type, entry.Size));
        using var content = new MemoryStream();
        reader.Content.CopyTo(content);
        Assert.Equal(module, content.ToArray());
        Assert.Null(reader.Read());
        Assert.Equal(tar.Length, tar.Position);
    }

    [Fact]
    public void A_module_that_is_shorter_or_longer_than_its_size_is_refused()
    {
        foreach (var size in (int[])[9, 11])
        {
            using var tar = new ModuleTar(new MemoryStream(new byte[10]), size);
            Assert.Throws<OciFormatException>(() => tar.CopyTo(Stream.Null));
        }

        Assert.Throws<OciFormatException>(static () => new ModuleTar(Stream.Null, 1L << 40));
    }
}
