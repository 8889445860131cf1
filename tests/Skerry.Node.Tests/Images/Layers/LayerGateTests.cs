using Skerry.Node.Images;
using Skerry.Node.Images.Layers;
using Skerry.Node.Tests.Images.Pulling;

namespace Skerry.Node.Tests.Images.Layers;

/// <summary>Nothing starts from a layer that was changed.</summary>
public sealed class LayerGateTests
{
    public LayerGateTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: layers keep owners, whiteouts and trusted attributes");

    [Fact]
    public async Task A_layer_is_right_as_long_as_nothing_looks_different_and_after_a_restart_too()
    {
        using var fixture = new StoreFixture();
        var image = await ImageIntakeTests.Take(fixture, ImageIntakeTests.Image());
        foreach (var layer in image.Layers)
        {
            await fixture.Store.Gate.CheckAsync(layer.Name, "x", CancellationToken.None);
        }

        fixture.Reopen();

        // Without its inventory nothing could be read: the stamps alone say yes.
        var first = image.Layers[0].Name;
        var inventory = Path.Combine(fixture.LayersPath, first, "inventory");
        File.Move(inventory, inventory + ".away");
        File.WriteAllText(inventory, "");
        await fixture.Store.Gate.CheckAsync(first, "x", CancellationToken.None);
    }

    [Fact]
    [Trait("Promise", "P-104")]
    public async Task A_bit_that_was_flipped_in_any_file_refuses_the_layer_by_name()
    {
        using var fixture = new StoreFixture();
        var image = await ImageIntakeTests.Take(fixture, ImageIntakeTests.Image());
        foreach (var layer in image.Layers)
        {
            var root = Path.Combine(fixture.LayersPath, layer.Name, "fs");
            foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(static f => new FileInfo(f) is { LinkTarget: null, Length: > 0 }))
            {
                Flip(file);
                var refused = await Assert.ThrowsAsync<ImageException>(() => fixture.Store.Gate.CheckAsync(layer.Name, "shop/web:1", CancellationToken.None));
                Assert.Equal(ImageProblem.Corrupt, refused.Problem);
                Assert.Contains(file[root.Length..], refused.Message, StringComparison.Ordinal);
                Assert.Contains("shop/web:1", refused.Message, StringComparison.Ordinal);
                Assert.Equal("skerry image scrub --repair shop/web:1", refused.Next);
                Flip(file);
                await fixture.Store.Gate.CheckAsync(layer.Name, "shop/web:1", CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task Stamps_that_were_cut_or_changed_or_are_of_another_inventory_say_nothing()
    {
        using var fixture = new StoreFixture();
        var image = await ImageIntakeTests.Take(fixture, ImageIntakeTests.Image());
        var name = image.Layers[0].Name;
        var path = Path.Combine(fixture.LayersPath, name, "stamps");
        var bytes = File.ReadAllBytes(path);
        Assert.NotNull(LayerStamps.Read(bytes));
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Null(LayerStamps.Read(bytes[..length]));
        }

        for (var at = 0; at < bytes.Length; at++)
        {
            var other = bytes.ToArray();
            other[at] ^= 1;
            File.WriteAllBytes(path, other);
            fixture.Store.Gate.Forget();
            await fixture.Store.Gate.CheckAsync(name, "x", CancellationToken.None);
        }
    }

    private static void Flip(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        var value = stream.ReadByte();
        stream.Position = 0;
        stream.WriteByte((byte)(value ^ 1));
    }
}
