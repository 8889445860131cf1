using Skerry.Node.Images;
using Skerry.Node.Pods;
using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Reconcile;

/// <summary>What the next start of each container that is here would be told, and until when: asked by the doctor and by the meters.</summary>
internal static class TrustOutlook
{
    /// <summary>A yes that ends within this is told.</summary>
    internal static readonly TimeSpan Weeks = TimeSpan.FromDays(30);

    /// <summary>Each container's image and its decision by what is kept here; one of each image and name.</summary>
    internal static IReadOnlyList<(PodContainer Container, TrustDecision Decision)> Of(NodeRooms rooms)
    {
        var outlook = new List<(PodContainer, TrustDecision)>();
        foreach (var (pod, container) in rooms.Index.All.SelectMany(static p => p.Containers.Select(c => (p, c))).DistinctBy(static x => (x.c.View.ImageDigest, x.c.View.Image, x.p.Spec.Trust)))
        {
            if (rooms.Images.Store.TryFind(container.View.ImageDigest) is { } image)
            {
                outlook.Add((container, rooms.Images.Trust.Trust.Judge(image, ImageChoice.AskOf(pod.Spec, container.View.Image))));
            }
        }

        return outlook;
    }
}
