using Skerry.Linux.Files;
using Skerry.Node.Isolation.Wasm;

namespace Skerry.Node.Tests.Isolation.Wasm;

public sealed class WasmCodeStoreTests : IDisposable
{
    private static readonly string First = new('1', 64);
    private static readonly string Second = new('2', 64);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skerry-wasm-code-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Code_is_found_after_it_was_stored_also_by_the_next_daemon()
    {
        var stored = Put(Open(), First, [1, 2, 3]);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(stored));
        Assert.Equal(stored, Open().Find(First));
        Assert.Null(Open().Find(Second));
    }

    [Fact]
    public void What_was_begun_and_not_stored_is_removed_at_the_next_start()
    {
        using (Open().Begin(First))
        {
        }

        Assert.NotEmpty(_directory.GetFiles("*.new"));
        Assert.Null(Open().Find(First));
        Assert.Empty(_directory.GetFiles("*.new"));
    }

    [Fact]
    [Trait("Promise", "P-62")]
    public void Code_without_its_own_seal_of_this_node_is_not_there()
    {
        var store = Open();
        var first = Put(store, First, [1, 2, 3]);
        var second = Put(store, Second, [4, 5, 6]);

        File.Copy(second, first, overwrite: true);
        Assert.Null(store.Find(First));
        File.Copy(second + ".seal", first + ".seal", overwrite: true);
        Assert.Null(store.Find(First));
        Put(store, First, [1, 2, 3]);
        File.Delete(Path.Combine(_directory.FullName, "key"));
        Assert.Null(Open().Find(First));
    }

    [Fact]
    [Trait("Promise", "P-62")]
    public void Large_code_that_changed_is_hashed_again()
    {
        var store = Open();
        var path = Put(store, First, new byte[5 << 20]);
        Assert.NotNull(store.Find(First));
        using (var stream = File.OpenWrite(path))
        {
            stream.Position = 1 << 20;
            stream.WriteByte(1);
        }

        Assert.Null(store.Find(First));
    }

    [Fact]
    public void The_oldest_goes_when_there_is_too_much()
    {
        var store = new WasmCodeStore(_directory.FullName, 5);
        File.SetLastWriteTimeUtc(Put(store, First, [1, 2, 3]), DateTime.UnixEpoch);
        Put(store, Second, [4, 5, 6]);
        Assert.Null(store.Find(First));
        Assert.NotNull(store.Find(Second));
    }

    [Fact]
    public void Code_goes_with_the_last_image_that_has_its_module()
    {
        var store = Open();
        foreach (var name in (string[])[First, Second])
        {
            Put(store, name, [1, 2, 3]);
            store.Note(name, "sha256:a");
        }

        store.Note(First, "sha256:b");
        Open().Keep(static () => new HashSet<string> { "sha256:b" });
        Assert.NotNull(store.Find(First));
        Assert.Null(store.Find(Second));
        Assert.Equal(["key"], _directory.GetFiles().Select(static f => f.Name).Where(static n => !n.StartsWith(First, StringComparison.Ordinal)));
    }

    private static string Put(WasmCodeStore store, string name, byte[] code)
    {
        using var file = store.Begin(name);
        FileCalls.Write(file, code, 0, name);
        return store.Store(name, file);
    }

    private WasmCodeStore Open() => new(_directory.FullName, long.MaxValue);
}
