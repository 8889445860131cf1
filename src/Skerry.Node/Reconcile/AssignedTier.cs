using Skerry.Node.Policy;

namespace Skerry.Node.Reconcile;

/// <summary>The tier that a pod gets.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Reason">Why this one, in a sentence.</param>
/// <param name="Runtime">Name and version of what makes its containers.</param>
/// <param name="Tee">The trusted execution environment that it gets.</param>
internal sealed record AssignedTier(string Name, string Reason, string Runtime, TeeKinds Tee);
