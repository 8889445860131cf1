using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Tests.Isolation.Spec;

public sealed class MountRulesTests : IDisposable
{
    private readonly string _base = Directory.CreateTempSubdirectory("skerry-mounts-").FullName;
    private readonly MountRules _rules;

    public MountRulesTests()
    {
        foreach (var name in new[] { "node/root", "node/run", "data/sub" })
            Directory.CreateDirectory(Path.Combine(_base, name));
        _rules = new([Path.Combine(_base, "node/root"), Path.Combine(_base, "node/run")], Path.Combine(_base, "node/root/volumes"));
    }

    private MountPlan Plan(Mount mount, bool hostUsers = false, string? cap = null)
    {
        var spec = new ContainerSpec { Mounts = { mount } };
        if (cap is not null)
            spec.CapAdd.Add(cap);
        return _rules.Plan(spec, hostUsers).Single();
    }

    private string Refusal(Mount mount) => Assert.Throws<SpecRefusedException>(() => Plan(mount)).Message;

    [Theory]
    [InlineData("/")]
    [InlineData("/proc")]
    [InlineData("/proc/1/root")]
    [InlineData("/sys/fs/cgroup")]
    [InlineData("/dev")]
    [InlineData("/dev/null")]
    public void The_machine_and_its_kernels_controls_are_not_given_away(string source) =>
        Assert.Contains(source, Refusal(new() { Source = source, Destination = "/x", ReadOnly = true }), StringComparison.Ordinal);

    [Theory]
    [InlineData("node/root")]
    [InlineData("node/run")]
    [InlineData("node")]
    [InlineData("")]
    public void The_nodes_own_directories_and_those_above_them_are_not_given_away(string source) =>
        Assert.Contains("controls this machine's containers", Refusal(new() { Source = Path.Combine(_base, source), Destination = "/x" }), StringComparison.Ordinal);

    [Fact]
    public void A_link_to_a_forbidden_place_is_seen_through()
    {
        var link = Path.Combine(_base, "data/link");
        File.CreateSymbolicLink(link, "../node/root");
        Assert.Contains("node/root", Refusal(new() { Source = link, Destination = "/x" }), StringComparison.Ordinal);
        File.CreateSymbolicLink(Path.Combine(_base, "data/round"), "round");
        Assert.Contains("does not exist", Refusal(new() { Source = Path.Combine(_base, "data/round"), Destination = "/x" }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/proc")]
    [InlineData("/proc/sys/kernel")]
    [InlineData("/sys/fs/cgroup")]
    [InlineData("/dev")]
    [InlineData("/dev/console")]
    [InlineData("/dev/null")]
    [InlineData("/dev/pts")]
    [InlineData("relative")]
    [InlineData("/a/../proc")]
    [InlineData("//proc/./self")]
    public void A_destination_of_the_runtimes_own_is_refused(string destination) =>
        Assert.Throws<SpecRefusedException>(() => Plan(new() { Source = Path.Combine(_base, "data"), Destination = destination }));

    [Fact]
    public void Shared_propagation_needs_a_container_that_is_part_of_the_machine()
    {
        var mount = new Mount { Source = Path.Combine(_base, "data"), Destination = "/x", Propagation = "rshared" };
        Assert.Contains("rslave", Refusal(mount), StringComparison.Ordinal);
        Assert.Throws<SpecRefusedException>(() => Plan(mount, hostUsers: true));
        Assert.Equal("rshared", Plan(mount, hostUsers: true, "SYS_ADMIN").Propagation);
    }

    [Fact]
    public void Parents_are_mounted_before_what_is_below_them()
    {
        var data = Path.Combine(_base, "data");
        var plans = _rules.Plan(new() { Mounts = { new Mount { Source = data, Destination = "/a/b/c" }, new Mount { Type = Mount.Types.Type.Tmpfs, Destination = "/a" } } }, false);
        Assert.Equal(["/a", "/a/b/c"], plans.Select(p => p.Destination));
        Assert.Equal(MountRules.DefaultTmpfsBytes, plans[0].SizeBytes);
        Assert.Throws<SpecRefusedException>(() => _rules.Plan(new() { Mounts = { new Mount { Source = data, Destination = "/a" }, new Mount { Source = data, Destination = "/a/" } } }, false));
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("")]
    public void A_volume_name_stays_one_name(string name) =>
        Assert.Throws<SpecRefusedException>(() => Plan(new() { Type = Mount.Types.Type.Volume, Source = name, Destination = "/x" }));

    [Fact]
    public void Disks_and_memory_are_never_devices()
    {
        static DeviceRules.Node? Stat(string path) => path switch
        {
            "/dev/null" => new(false, 1, 3, 0x1B6),
            "/dev/zero" => new(true, 8, 0, 0x1B0),
            "/dev/full" => new(false, 1, 1, 0x1A0),
            _ => null,
        };
        Assert.Contains("disk", Assert.Throws<SpecRefusedException>(() => DeviceRules.Plan(["/dev/zero"], Stat)).Message, StringComparison.Ordinal);
        Assert.Contains("memory", Assert.Throws<SpecRefusedException>(() => DeviceRules.Plan(["/dev/full"], Stat)).Message, StringComparison.Ordinal);
        Assert.Contains("not a device", Assert.Throws<SpecRefusedException>(() => DeviceRules.Plan(["/dev/random"], Stat)).Message, StringComparison.Ordinal);
        Assert.Equal(new DevicePlan("/dev/x", "/dev/null", false, 1, 3, "r", 0x1B6), DeviceRules.Plan(["/dev/null:/dev/x:r"], Stat).Single());
        Assert.Equal("rw", DeviceRules.Plan(["/dev/null"], Stat).Single().Access);
        Assert.Throws<SpecRefusedException>(() => DeviceRules.Plan(["/dev/null:/etc/passwd"], Stat));
        Assert.Throws<SpecRefusedException>(() => DeviceRules.Plan(["/dev/null:/dev/x:rq"], Stat));
    }

    public void Dispose() => Directory.Delete(_base, recursive: true);
}
