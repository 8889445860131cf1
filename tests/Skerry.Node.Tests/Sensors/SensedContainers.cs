using Skerry.Guard.Events;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Sensors;

namespace Skerry.Node.Tests.Sensors;

/// <summary>Makes containers as the sensor has them.</summary>
internal static class SensedContainers
{
    internal static SensedContainer Make(uint number, bool hasOwnKernel, ProcessIdentity first = default) => new()
    {
        Number = number,
        Id = new string('a', 64),
        PodId = "pod",
        PidNamespace = 0,
        HasOwnKernel = hasOwnKernel,
        First = first,
        Facts = new ContainerFacts { Id = "aaaaaaaaaaaa", Name = "web" },
        Users = UserBook.Of(0, IdRange.At(0x1000_0000)),
    };
}
