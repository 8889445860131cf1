using System.Runtime.InteropServices;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Files;
using Skerry.Node.Survey;
using Skerry.Node.Configuration;
using Skerry.Node.Doctor;
using Skerry.Node.Images.Pulling;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Policy;
using Skerry.Node.Reconcile;
using DeviceProfile = Skerry.Contracts.Node.V1.DeviceProfile;
using NodeWire = Skerry.Contracts.Node.V1.Node;

namespace Skerry.Node.Api;

/// <summary>The door for the node itself: what this machine is and can do, and what is wrong with it.</summary>
internal sealed class NodeDoor : NodeWire.NodeBase
{
    private readonly NodeRooms _rooms;
    private readonly CapabilitySurvey _survey;
    private readonly NodeDoctor _doctor;
    private readonly DateTimeOffset _startedAt;

    public NodeDoor(NodeRooms rooms)
    {
        _rooms = rooms;
        _startedAt = rooms.Clock.GetUtcNow();
        _survey = new CapabilitySurvey(rooms);
        _doctor = new NodeDoctor(rooms, _survey, _startedAt);
    }

    public override async Task<DescribeNodeResponse> Describe(DescribeNodeRequest request, ServerCallContext context)
    {
        if (request.ProbeAgain)
        {
            _rooms.TierDesk.Survey.Forget();
        }

        var capabilities = await _survey.Read(request.ProbeAgain).WaitAsync(context.CancellationToken).ConfigureAwait(false);
        var store = _rooms.Images.Store;
        using var root = FileCalls.Open(null, _rooms.Paths.Root, OpenFlags.Read | OpenFlags.Directory);
        var answer = new DescribeNodeResponse
        {
            Version = NodeVersion.Text,
            Hostname = Text("/proc/sys/kernel/hostname").Trim(),
            Kernel = Text("/proc/sys/kernel/osrelease").Trim(),
            Architecture = DeviceProbe.Architecture(RuntimeInformation.OSArchitecture),
            Cores = DeviceProbe.CountOf(Text("/sys/devices/system/cpu/online")),
            MemoryBytes = DeviceProbe.Memory(MachineFiles.This, "MemTotal:"),
            Os = OperatingSystem(Text("/etc/os-release")),
            Cgroup = CgroupLayout.Detect().Mode switch { CgroupMode.V1 => "v1", CgroupMode.Hybrid => "hybrid", _ => "v2" },
            Root = _rooms.Paths.Root,
            Run = _rooms.Paths.Run,
            Pods = (uint)_rooms.Index.All.Count,
            Containers = (uint)_rooms.Index.All.Sum(static p => p.Containers.Count),
            Images = (uint)store.List().Count,
            StartedAt = Timestamp.FromDateTimeOffset(_startedAt),
            BootId = _rooms.BootId,
            StoreBytes = await Task.Run(() => SpaceGuard.UsedBytes(store)).ConfigureAwait(false),
            StoreFreeBytes = FileCalls.Room(root).AvailableBytes,
            Device = Device(_rooms.TierDesk),
        };
        answer.Capabilities.AddRange(capabilities);
        return answer;
    }

    public override Task<LatticeResponse> Lattice(LatticeRequest request, ServerCallContext context) =>
        Task.FromResult(new LatticeResponse { Source = _rooms.TierDesk.Lattice.Source, Toml = _rooms.TierDesk.Lattice.Text });

    public override async Task<DiagnoseNodeResponse> Diagnose(DiagnoseNodeRequest request, ServerCallContext context)
    {
        var answer = new DiagnoseNodeResponse();
        answer.Findings.AddRange(await _doctor.Examine().WaitAsync(context.CancellationToken).ConfigureAwait(false));
        return answer;
    }

    /// <summary>The name in os-release(5), or that there is none.</summary>
    internal static string OperatingSystem(string release)
    {
        foreach (var key in (ReadOnlySpan<string>)["PRETTY_NAME=", "NAME="])
        {
            if (release.Split('\n').FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal)) is { } line)
            {
                return line[key.Length..].Trim().Trim('"', '\'');
            }
        }

        return "unknown";
    }

    private static DeviceProfile Device(TierDesk desk)
    {
        var device = desk.Survey.Now();
        var decision = TierPlanner.Decide(device, new PodDemand(), desk.Lattice);
        return new DeviceProfile
        {
            CoreMillis = (uint)device.CoreMillis,
            SwapBytes = device.SwapBytes,
            Storage = device.Storage.ToString().ToLowerInvariant(),
            Kvm = device.Kvm.Usable == true,
            KvmInstructionsPerSecond = (ulong)device.Kvm.InstructionsPerSecond,
            AutoTier = decision is TierDecision.Chosen chosen ? chosen.Tier : string.Empty,
            AutoReason = decision is TierDecision.Chosen { Reason: var reason } ? reason : ((TierDecision.Refused)decision).Reason,
            Lattice = desk.Lattice.Source,
        };
    }

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
