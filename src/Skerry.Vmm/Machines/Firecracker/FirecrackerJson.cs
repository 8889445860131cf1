using System.Text.Json;
using System.Text.Json.Serialization;

namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>
/// The documents of Firecracker's API (src/firecracker/swagger/firecracker.yaml), as far as they are used. What is not said is not sent: a field that
/// a version does not know is an error there.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BootSource))]
[JsonSerializable(typeof(MachineConfiguration))]
[JsonSerializable(typeof(Drive))]
[JsonSerializable(typeof(NetworkInterface))]
[JsonSerializable(typeof(Vsock))]
[JsonSerializable(typeof(Balloon))]
[JsonSerializable(typeof(BalloonUpdate))]
[JsonSerializable(typeof(BalloonStatistics))]
[JsonSerializable(typeof(InstanceAction))]
[JsonSerializable(typeof(VmUpdate))]
[JsonSerializable(typeof(SnapshotCreate))]
[JsonSerializable(typeof(SnapshotLoad))]
internal sealed partial class FirecrackerJson : JsonSerializerContext;
