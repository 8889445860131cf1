using Skerry.Guard.Audit;

namespace Skerry.Guard.Tests.Audit;

public sealed class TileNameTests
{
    [Theory]
    [InlineData(0, 1234067, 256, "tile/0/x001/x234/067")]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(4, 1, 5, "tile/4/001.p/5")]
    [InlineData(63, 999, 1, "tile/63/999.p/1")]
    [InlineData(TileName.Entries, 1000, 255, "tile/entries/x001/000.p/255")]
    public void A_tile_has_one_path(int level, long index, int width, string path)
    {
        var name = new TileName(level, index, width);
        Assert.Equal(path, name.ToString());
        Assert.Equal(name, TileName.Parse(path));
    }

    [Theory]
    [InlineData("tile/0/1")]
    [InlineData("tile/0/x001")]
    [InlineData("tile/0/001/002")]
    [InlineData("tile/0/x000/001")]
    [InlineData("tile/00/001")]
    [InlineData("tile/64/001")]
    [InlineData("tile/-1/001")]
    [InlineData("tile/data/001")]
    [InlineData("tile/0/001.p/0")]
    [InlineData("tile/0/001.p/256")]
    [InlineData("tile/0/001.p/05")]
    [InlineData("tile/0/../../etc/passwd")]
    [InlineData("/tile/0/001")]
    [InlineData("tile/0/x001/x001/x001/x001/x001/x001/x001/001")]
    [InlineData("tile")]
    [InlineData("")]
    public void What_is_no_path_of_a_tile_is_refused(string path) => Assert.Throws<AuditFormatException>(() => TileName.Parse(path));

    [Fact]
    public void A_log_of_70000_entries_has_the_tiles_that_the_specification_counts()
    {
        var tiles = TileName.All(70_000).Where(static t => t.Level >= 0).ToList();
        Assert.Equal(273, tiles.Count(static t => t is { Level: 0, IsFull: true }));
        Assert.Equal([new TileName(0, 273, 112), new TileName(1, 1, 17), new TileName(2, 0, 1)], tiles.Where(static t => !t.IsFull));
        Assert.Single(tiles, static t => t is { Level: 1, IsFull: true });
        Assert.Equal([new TileName(TileName.Entries, 0, 256), new TileName(0, 0, 256), new TileName(1, 0, 1)], TileName.All(256));
        Assert.Empty(TileName.All(0));
    }

    [Fact]
    public void A_pruned_log_has_the_tiles_from_its_minimum_on()
    {
        var tiles = TileName.All(70_000, 65_536 + 512).ToList();
        Assert.Equal(new TileName(TileName.Entries, 258, 256), tiles[0]);
        Assert.DoesNotContain(tiles, static t => t is { Level: 0, Index: < 258 });
        Assert.DoesNotContain(tiles, static t => t is { Level: 1, Index: 0 });
        Assert.Contains(new TileName(1, 1, 17), tiles);
    }
}
