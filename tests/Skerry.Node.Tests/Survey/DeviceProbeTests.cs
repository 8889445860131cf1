using Skerry.Node.Policy;
using Skerry.Node.Survey;

namespace Skerry.Node.Tests.Survey;

/// <summary>What is read of machines that this one is not, from copies of the files in which their kernels describe them.</summary>
public sealed class DeviceProbeTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("skerry-machine-");

    [Fact]
    public void A_small_machine_is_read()
    {
        Put("/sys/devices/system/cpu/online", "0-3\n");
        Put("/proc/meminfo", "MemTotal:         948304 kB\nMemFree:  1 kB\nSwapTotal:        102396 kB\n");
        Put("/sys/kernel/security/lsm", "lockdown,capability,landlock,yama,bpf");
        Put("/proc/self/mountinfo", "1 0 179:2 / / rw - ext4 /dev/mmcblk0p2 rw\n");
        Put("/dev/dri/renderD128", "");
        Put("/dev/nvidia0", "");
        Put("/dev/nvidiactl", "");
        Put("/dev/fpga0", "");
        Put("/dev/apex_0", "");
        var device = DeviceProbe.Read(Machine(), "/", "v2");
        Assert.Equal((4000, 948304L << 10, 102396L << 10, "v2"), (device.CoreMillis, device.MemoryBytes, device.SwapBytes, device.Cgroup));
        Assert.Equal(["lockdown", "capability", "landlock", "yama", "bpf"], device.SecurityModules);
        Assert.Equal(["/dev/nvidia0", "/dev/dri/renderD128", "/dev/apex_0", "/dev/fpga0"], device.Accelerators.Select(static a => a.Device));
        Assert.Null(device.Kvm.Usable);
    }

    [Theory]
    [InlineData("/sys/fs/cgroup/cpu.max", "50000 100000\n", "", "", 500)]
    [InlineData("/sys/fs/cgroup/cpu.max", "max 100000\n", "", "", 2000)]
    [InlineData("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n", 1500)]
    [InlineData("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n", 2000)]
    [InlineData("/sys/fs/cgroup/cpu.max", "900000 100000\n", "", "", 2000)]
    public void A_quota_of_the_whole_machine_counts(string file, string text, string other, string otherText, int millis)
    {
        Put("/sys/devices/system/cpu/online", "0-1");
        Put(file, text);
        if (other.Length > 0)
        {
            Put(other, otherText);
        }

        Assert.Equal(millis, DeviceProbe.CoreMillis(Machine()));
    }

    [Theory]
    [InlineData("mmcblk0/mmcblk0p2", "mmcblk0", "0", StorageMedium.Mmc)]
    [InlineData("nvme0n1/nvme0n1p1", "nvme0n1", "0", StorageMedium.Nvme)]
    [InlineData("sda/sda1", "sda", "1", StorageMedium.Rotational)]
    [InlineData("sda/sda1", "sda", "0", StorageMedium.Flash)]
    [InlineData("vda", "vda", "0", StorageMedium.Flash)]
    public void The_medium_is_that_of_the_disk_that_a_partition_is_on(string place, string disk, string rotational, object medium)
    {
        var directory = "/sys/devices/pci0/block/" + place;
        Put(directory + "/size", "1");
        if (place.Contains('/', StringComparison.Ordinal))
        {
            Put(directory + "/partition", "1");
        }

        Put($"/sys/devices/pci0/block/{disk}/queue/rotational", rotational + "\n");
        Directory.CreateDirectory(Machine().At("/sys/dev/block"));
        File.CreateSymbolicLink(Machine().At("/sys/dev/block/8:1"), Machine().At(directory));
        Assert.Equal((StorageMedium)medium, DeviceProbe.MediumOf(Machine(), 8, 1));
        Assert.Equal(StorageMedium.Unknown, DeviceProbe.MediumOf(Machine(), 0, 40));
    }

    [Fact]
    [Trait("Promise", "P-71")]
    public void A_machine_with_sev_snp_and_one_with_tdx_and_sgx_are_told()
    {
        Put("/proc/cpuinfo", "processor : 0\nflags\t\t: fpu sev sev_es sev_snp\n");
        Put("/dev/sev", "");
        Put("/sys/module/kvm_amd/parameters/sev", "Y\n");
        Put("/sys/module/kvm_amd/parameters/sev_snp", "Y\n");
        Assert.Equal(TeeKinds.Sev | TeeKinds.SevSnp, Available());

        Put("/sys/module/kvm_amd/parameters/sev_snp", "N\n");
        Assert.Equal(TeeKinds.Sev, Available());
        Assert.Contains("load kvm_amd with kvm_amd.sev_snp=1", Verdict(TeeKinds.SevSnp).Remedy, StringComparison.Ordinal);

        File.Delete(Machine().At("/dev/sev"));
        Assert.Equal("the processor has it, and there is no /dev/sev", Verdict(TeeKinds.Sev).Reason);

        Put("/proc/cpuinfo", "processor : 0\nflags\t\t: fpu sgx tdx_host_platform\n");
        Put("/sys/module/kvm_intel/parameters/tdx", "Y\n");
        Put("/dev/sgx_enclave", "");
        Assert.Equal(TeeKinds.Tdx | TeeKinds.Sgx, Available());
        Put("/sys/module/kvm_intel/parameters/tdx", "N\n");
        Assert.Contains("tdx=1", Verdict(TeeKinds.Tdx).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-71")]
    public void A_machine_without_any_says_of_each_what_would_make_it_possible()
    {
        Put("/proc/cpuinfo", "processor : 0\nflags\t\t: fpu hypervisor\n");
        Assert.All(TeeProbe.All(Machine()), static v =>
        {
            Assert.False(v.Available);
            Assert.NotEmpty(v.Reason);
            Assert.Contains("this machine is virtual, and its host must pass it on", v.Remedy, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void An_empty_machine_is_no_error()
    {
        var device = DeviceProbe.Read(Machine(), "/", "v1");
        Assert.Equal((1000, 0L, TeeKinds.None), (device.CoreMillis, device.MemoryBytes, device.AvailableTees()));
    }

    public void Dispose() => _root.Delete(recursive: true);

    private MachineFiles Machine() => new(_root.FullName);

    private TeeVerdict Verdict(TeeKinds kind) => TeeProbe.All(Machine()).Single(v => v.Kind == kind);

    private TeeKinds Available() => TeeProbe.All(Machine()).Where(static v => v.Available).Aggregate(TeeKinds.None, static (all, one) => all | one.Kind);

    private void Put(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Machine().At(path))!);
        File.WriteAllText(Machine().At(path), text);
    }
}
