using System.Security.Cryptography;
using System.Text;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>A directory or file of the node that a pod's machine is shown: one for all containers that have it, so that they see the same.</summary>
/// <param name="Name">Its name among the pod's volumes.</param>
/// <param name="Mount">It, as the process tier would mount it.</param>
internal sealed record Volume(string Name, MountPlan Mount)
{
    private const int NameLength = 32; // the guest takes 36

    /// <summary>The volumes of a container.</summary>
    /// <param name="plan">Its plan in the process tier.</param>
    /// <param name="files">The pod's directory: what lies there is handed over as a file.</param>
    internal static IEnumerable<Volume> Of(ContainerPlan plan, string files) =>
        plan.Mounts.Where(m => m.Source is { } source && !source.StartsWith(files + "/", StringComparison.Ordinal)).Select(static m => new Volume(NameOf(m), m));

    /// <summary>Equal sources have equal names, if both may be written to or neither.</summary>
    private static string NameOf(MountPlan mount) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes((mount.ReadOnly ? "ro " : "rw ") + mount.Source)))[..NameLength];
}
