using Google.Protobuf.WellKnownTypes;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Doctor;
using Skerry.Node.Sensors.Recording;
using Severity = Skerry.Contracts.Node.V1.Finding.Types.Severity;

namespace Skerry.Node.Tests.Doctor;

public sealed class ChecksTests
{
    private static readonly DateTimeOffset Now = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_range_of_subordinate_ids_that_reaches_into_the_pods_is_found()
    {
        const string Text = "alice:100000:65536\nbob:268400000:65536\nmalformed\n";
        var finding = Assert.Single(UserChecks.Subordinate("/etc/subuid", Text, 0x1000_0000, 0x5000_0000));
        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains("bob", finding.What, StringComparison.Ordinal);
        Assert.Contains("users.first", finding.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public void Ranges_that_only_touch_do_not_overlap() =>
        Assert.Empty(UserChecks.Subordinate("/etc/subuid", "a:1000:1000\nb:3000:1000\n", 2000, 3000));

    [Fact]
    public void An_account_with_an_id_of_pods_is_found()
    {
        var finding = Assert.Single(UserChecks.Accounts("/etc/passwd", "root:x:0:0::/:/bin/sh\nodd:x:300000000:1::/:/bin/sh\n", 0x1000_0000, 0x5000_0000));
        Assert.Contains("odd", finding.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 0, Severity.Ok, "nothing lost")]
    [InlineData(null, 5, Severity.Warning, "5 kernel events could not be recorded")]
    [InlineData("no room", 5, Severity.Error, "not recorded: no room")]
    public void A_recorder_that_stopped_or_lost_something_is_found(string? stopped, int lost, Severity severity, string what)
    {
        var finding = StoreChecks.Recording(new RecorderState(stopped, 10, (ulong)lost, 0, 1 << 20, 1, 1 << 28), isWanted: true);
        Assert.Equal(severity, finding.Severity);
        Assert.Contains(what, finding.What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recorder_that_is_wanted_and_not_there_is_an_error() =>
        Assert.Equal((Severity.Error, Severity.Ok), (StoreChecks.Recording(null, isWanted: true).Severity, StoreChecks.Recording(null, isWanted: false).Severity));

    [Fact]
    public void A_clock_that_was_never_set_is_an_error() => Assert.Equal(Severity.Error, MachineChecks.Clock(DateTimeOffset.UnixEpoch, null).Severity);

    [Fact]
    public void A_clock_before_the_newest_pod_is_a_warning() => Assert.Equal(Severity.Warning, MachineChecks.Clock(Now, Now + TimeSpan.FromDays(1)).Severity);

    [Fact]
    public void A_clock_that_runs_is_fine() => Assert.Equal(Severity.Ok, MachineChecks.Clock(Now, Now - TimeSpan.FromDays(1)).Severity);

    [Fact]
    public void Little_memory_and_much_waiting_for_it_are_both_found()
    {
        var findings = MachineChecks.Memory(
            "MemTotal:       1000000 kB\nMemFree: 1 kB\nMemAvailable:     40000 kB\n",
            "some avg10=0.00 avg60=50.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=12.50 avg300=0.00 total=0\n").ToList();
        Assert.Equal([Severity.Warning, Severity.Warning], findings.Select(static f => f.Severity));
        Assert.All(findings, static f => Assert.NotEmpty(f.Mend));
    }

    [Fact]
    public void Enough_memory_is_fine_also_where_the_kernel_keeps_no_pressure() =>
        Assert.Equal(Severity.Ok, Assert.Single(MachineChecks.Memory("MemTotal: 1000 kB\nMemAvailable: 900 kB\n", null)).Severity);

    [Fact]
    public void Containers_that_fail_or_crash_in_a_loop_are_found_and_others_are_not()
    {
        Container[] containers =
        [
            new() { Name = "fine", State = ContainerState.Running, StartedAt = At(-3600), Restarts = 9 },
            new() { Name = "done", State = ContainerState.Exited },
            new() { Name = "failed", State = ContainerState.Failed, Reason = "no such program" },
            new() { Name = "waiting", State = ContainerState.Waiting, Restarts = 1, ExitCode = 2 },
            new() { Name = "loop", State = ContainerState.Running, StartedAt = At(-5), Restarts = 3, ExitCode = 137, OomKilled = true },
            new() { Name = "new", State = ContainerState.Created },
            new() { Name = "again", State = ContainerState.Created, Restarts = 1, ExitCode = 1 },
        ];
        var findings = PodChecks.Pods(containers, Now).ToList();
        Assert.Equal(4, findings.Count);
        Assert.Contains("no such program", findings[0].What, StringComparison.Ordinal);
        Assert.Contains("skerry logs waiting", findings[1].Mend, StringComparison.Ordinal);
        Assert.Contains("--memory", findings[2].Mend, StringComparison.Ordinal);
        Assert.Contains("skerry logs again", findings[3].Mend, StringComparison.Ordinal);
    }

    [Fact]
    public void What_every_pod_needs_is_an_error_where_it_is_missing_and_what_some_need_a_warning()
    {
        var findings = CapabilityChecks.Of(
        [
            new Capability { Group = "security", Name = "user namespaces", Reason = "EPERM; allow them" },
            new Capability { Group = "network", Name = "cni portmap", Reason = "not there; apt install it" },
            new Capability { Group = "accelerator", Name = "kvm", Reason = "none" },
            new Capability { Group = "storage", Name = "fsync", Available = true },
        ]).ToList();
        Assert.Equal([(Severity.Error, "security", "allow them"), (Severity.Warning, "network", "apt install it"), (Severity.Ok, "storage", "")], findings.Select(static f => (f.Severity, f.Check, f.Mend)));
    }

    [Fact]
    public void A_socket_that_everybody_may_use_is_an_error()
    {
        var directory = Directory.CreateTempSubdirectory("skerry-doctor-");
        try
        {
            var path = Path.Combine(directory.FullName, "s");
            File.WriteAllText(path, string.Empty);
            File.SetUnixFileMode(path, (UnixFileMode)0x1B6 /* 0666 */);
            Assert.Equal(Severity.Error, DoorChecks.Socket(path, groupMayEnter: false).Severity);
            File.SetUnixFileMode(path, (UnixFileMode)0x1B0 /* 0660 */);
            Assert.Equal(Severity.Ok, DoorChecks.Socket(path, groupMayEnter: false).Severity);
            File.Delete(path);
            Assert.Equal(Severity.Error, DoorChecks.Socket(path, groupMayEnter: false).Severity);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static Timestamp At(int seconds) => Timestamp.FromDateTimeOffset(Now + TimeSpan.FromSeconds(seconds));
}
