using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation;

/// <summary>Computes the plan of a container of the pod in the process tier; what is done with the mounted image happens in the function given.</summary>
/// <param name="container">The container.</param>
/// <param name="use">Gets the plan; its <see cref="ContainerPlan.RootfsPath"/> is the image, read-only, until the function returns.</param>
internal delegate Task InnerPlan(TierContainer container, Action<ContainerPlan> use);
