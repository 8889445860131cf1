using System.Text.Json;
using System.Text.Json.Serialization;

namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>The documents of Cloud Hypervisor's API (vmm/src/api/openapi/cloud-hypervisor.yaml), as far as they are used.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(VmConfig))]
[JsonSerializable(typeof(NetConfig))]
[JsonSerializable(typeof(VmResize))]
[JsonSerializable(typeof(VmStatus))]
internal sealed partial class CloudHypervisorJson : JsonSerializerContext;
