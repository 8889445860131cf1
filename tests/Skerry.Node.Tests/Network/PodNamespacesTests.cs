using Skerry.Linux;
using Skerry.Linux.Mounts;
using Skerry.Linux.Namespaces;
using Skerry.Linux.Network;
using Skerry.Node.Network;

namespace Skerry.Node.Tests.Network;

public sealed class PodNamespacesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-ns-").FullName;

    public void Dispose()
    {
        if (Environment.IsPrivilegedProcess)
        {
            var namespaces = new PodNamespaces(_directory);
            namespaces.Sweep(new HashSet<string>(StringComparer.Ordinal));
            namespaces.TearDown();
        }

        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void A_pods_network_namespace_belongs_to_the_pods_user_namespace()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        var namespaces = new PodNamespaces(_directory);
        var made = namespaces.Create("pod-a", (3_000_000, 65_536), hostNetwork: false, "web");
        Assert.Equal(_directory + "/pod-a/user", made.User);
        Assert.True(PodNamespaces.IsNamespace(made.Network!));

        // root of the pod's user namespace may set the pod's interfaces up, and not another pod's.
        var other = namespaces.Create("pod-b", (3_100_000, 65_536), hostNetwork: false, "web");
        Assert.Equal("0", NetworkRig.ShellHere($"nsenter --user={made.User} --net={made.Network} --setuid=0 --setgid=0 ip link set lo up; echo $?").Trim());
        Assert.NotEqual("0", NetworkRig.ShellHere($"nsenter --user={made.User} --setuid=0 --setgid=0 nsenter --net={other.Network} true 2>/dev/null; echo $?").Trim());
        Assert.Equal(made, namespaces.Open("pod-a"));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Their_host_has_the_pods_name(bool hasUsers, bool hostNetwork)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        var made = new PodNamespaces(_directory).Create("pod-a", hasUsers ? (3_000_000, 65_536) : null, hostNetwork, "lighthouse");
        Assert.Equal("lighthouse", NetworkRig.ShellHere($"nsenter --uts={made.Uts} hostname").Trim());
        Assert.NotEqual("lighthouse", Environment.MachineName);
    }

    [Fact]
    public void Pins_are_seen_from_namespaces_copied_before_and_go_everywhere_when_removed()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        var namespaces = new PodNamespaces(_directory);
        using var thread = new SpawnThread("test");
        var made = namespaces.Create("pod-a", null, hostNetwork: false, "web");
        Assert.Null(made.User);
        Assert.True(thread.Run(() => Pinned(made.Network!)).Result);
        namespaces.Remove("pod-a");
        namespaces.Remove("pod-a");
        Assert.False(thread.Run(() => Pinned(made.Network!)).Result);
        Assert.Null(namespaces.Open("pod-a"));

        static bool Pinned(string path) => File.ReadAllText("/proc/thread-self/mountinfo").Contains(path, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_no_pod_can_have_is_left_alone_by_the_sweep()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        var namespaces = new PodNamespaces(_directory);
        Directory.CreateDirectory(Path.Combine(_directory, ".x"));
        Directory.CreateDirectory(Path.Combine(_directory, "gone"));
        Assert.Equal(["gone"], namespaces.Sweep(new HashSet<string>(StringComparer.Ordinal)));
        Directory.Delete(Path.Combine(_directory, ".x"));
    }

    [Fact]
    public void What_a_crash_left_is_opened_as_nothing_and_swept_and_live_pods_stay()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        var namespaces = new PodNamespaces(_directory);
        var live = namespaces.Create("live", (3_000_000, 65_536), hostNetwork: true, "web");
        Assert.Null(live.Network);
        namespaces.Create("dead", null, hostNetwork: false, "web");

        // Killed between the first and the second pin, and with one mount above another.
        Directory.CreateDirectory(_directory + "/half");
        File.WriteAllText(_directory + "/half/net", "");
        using (var net = NetworkNamespace.Create()[0])
        {
            MountTable.Bind(net.ProcPath, _directory + "/half/net");
            MountTable.Bind(net.ProcPath, _directory + "/half/net");
        }

        // After a reboot: files, and no mounts.
        Directory.CreateDirectory(_directory + "/rebooted");
        File.WriteAllText(_directory + "/rebooted/net", "");
        File.WriteAllText(_directory + "/rebooted/complete", "net");
        Assert.False(PodNamespaces.IsNamespace(_directory + "/rebooted/net"));

        var restarted = new PodNamespaces(_directory);
        Assert.Null(restarted.Open("half"));
        Assert.Null(restarted.Open("rebooted"));
        Assert.NotNull(restarted.Open("dead"));
        Assert.Equal(["dead", "half", "rebooted"], restarted.Sweep(new HashSet<string>(StringComparer.Ordinal) { "live" }).Order(StringComparer.Ordinal));
        Assert.NotNull(restarted.Open("live"));
        Assert.False(restarted.TearDown());
        Assert.Equal(3, File.ReadAllLines("/proc/self/mountinfo").Count(line => line.Contains(_directory + "/live/", StringComparison.Ordinal)));
        Assert.Equal(4, File.ReadAllLines("/proc/self/mountinfo").Count(line => line.Contains(_directory, StringComparison.Ordinal)));
    }
}
