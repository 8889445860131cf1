using Skerry.Linux.Files;
using Skerry.Node.Isolation.Process;

namespace Skerry.Node.Tests.Isolation.Process;

public sealed class RemoveTreeTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("skerry-remove-").FullName;

    public void Dispose()
    {
        using var parent = FileCalls.Open(null, Path.GetDirectoryName(_home)!, OpenFlags.Path | OpenFlags.Directory);
        TreeRemoval.Remove(parent, Path.GetFileName(_home));
    }

    [Fact]
    public async Task Directories_deeper_than_a_path_reaches_are_removed_and_a_link_in_them_is_not_followed()
    {
        const int Deep = 3000; // PATH_MAX is 4096 bytes, limits.h
        var canary = Path.Combine(_home, "canary");
        await File.WriteAllTextAsync(canary, "alive", TestContext.Current.CancellationToken);
        var bundle = Directory.CreateDirectory(Path.Combine(_home, "bundle")).FullName;
        var at = FileCalls.Open(null, bundle, OpenFlags.Read | OpenFlags.Directory);
        for (var depth = 0; depth < Deep; depth++)
        {
            FileCalls.MakeDirectory(at, "d", 0x1ed);
            FileCalls.MakeSymlink(at, "out", _home);
            var next = FileCalls.Open(at, "d", OpenFlags.Read | OpenFlags.Directory);
            at.Dispose();
            at = next;
        }

        at.Dispose();
        await ProcessIsolator.RemoveTree(bundle);
        Assert.Equal([canary], Directory.EnumerateFileSystemEntries(_home));
        await ProcessIsolator.RemoveTree(bundle);
    }
}
