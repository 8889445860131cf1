using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation;

/// <summary>Computes a container's plan in the process tier; what is done with the mounted image happens in the function given.</summary>
/// <param name="use">Gets the plan; its <see cref="ContainerPlan.RootfsPath"/> is the image, read-only, until the function returns.</param>
internal delegate Task InnerPlan(Action<ContainerPlan> use);
