using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Runtime;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Tests.Isolation;

/// <summary>What trials found and cannot be kept is found all the same.</summary>
public sealed class TrialFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-trials-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_cannot_be_written_is_not_kept_and_ends_nothing()
    {
        // Something is in the way, as a full disk is.
        var path = Path.Combine(_directory, "trials.json");
        Directory.CreateDirectory(path + ".new");
        var trials = new TrialCache(path);
        trials.Store("kvm", "key", ["1"]);
        Assert.Empty(trials.Load("kvm", "key"));
        var choice = new RuntimeChoice { Kind = RuntimeKind.Crun, Path = "/usr/bin/crun", Version = "1", View = new RuntimeView(null, CgroupMode.V2), DeviceCgroup = false, Took = TimeSpan.Zero };
        RuntimeTrialCache.Store(path, "key", new RuntimeTrialResult(choice, []));
        Assert.Null(RuntimeTrialCache.Load(path, "key"));
        Directory.Delete(path + ".new");
        trials.Store("kvm", "key", ["1"]);
        Assert.Equal(["1"], trials.Load("kvm", "key"));
    }
}
