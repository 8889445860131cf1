using Skerry.Node.Configuration;

namespace Skerry.Node.Tests.Configuration;

/// <summary>One daemon a root, and one a run directory: what lies in either is swept by who has it.</summary>
public sealed class NodeHoldTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("skerry-hold-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    [Trait("Promise", "P-27")]
    public void A_run_directory_is_held_by_one_daemon_whatever_its_root_is()
    {
        using (NodeHold.Take(Paths("one", "run")))
        {
            var refused = Assert.Throws<ConfigurationException>(() => NodeHold.Take(Paths("two", "run")).Dispose());
            Assert.Equal($"{_home}/run is in use by another skerryd, with another root than {_home}/two; stop that one, or give this one a --run of its own", refused.Message);
            Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_home, "run")));

            // What was refused holds nothing.
            using var apart = NodeHold.Take(Paths("two", "elsewhere"));
        }

        using var next = NodeHold.Take(Paths("two", "run"));
    }

    [Fact]
    public void A_root_is_held_by_one_daemon_whatever_its_run_directory_is()
    {
        using var first = NodeHold.Take(Paths("root", "one"));
        var refused = Assert.Throws<ConfigurationException>(() => NodeHold.Take(Paths("root", "two")).Dispose());
        Assert.Contains($"{_home}/root is in use by another skerryd", refused.Message, StringComparison.Ordinal);
    }

    private NodePaths Paths(string root, string run) => new(Path.Combine(_home, root), Path.Combine(_home, run));
}
