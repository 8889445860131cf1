using Skerry.Contracts.Node.V1;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Isolation.Unikernel;
using Skerry.Node.Policy;

namespace Skerry.Node.Isolation;

/// <summary>
/// How pods of one tier become containers of an OCI runtime under a monitor. Every tier has an <see cref="Isolator"/>, so that logs,
/// streams, exit codes, adoption and sweeping are the same in all. In a jailed tier the container on the node is a jail: its program is a
/// VMM or another carrier of the node's own, and the image is something that it is given (<see cref="Jail"/>).
/// </summary>
/// <remarks>Holds no state of pods: the journal does. Methods can be called again after a crash in their middle.</remarks>
internal abstract class Tier
{
    /// <summary>As the wire and the journal call it.</summary>
    internal abstract string Name { get; }

    /// <summary>Makes, starts and ends its containers.</summary>
    internal abstract ProcessIsolator Isolator { get; }

    /// <summary>Whether it works here, found out by trial when it is first asked for.</summary>
    internal abstract Task<TierVerdict> Tried { get; }

    /// <summary>
    /// Files and devices that <see cref="Tried"/> depends on: when one of them appears, vanishes or becomes another, the tier is tried anew.
    /// </summary>
    internal virtual IReadOnlyList<string> StandsOn => [];

    /// <summary>
    /// Whether the node makes something of an image's files before its program starts, a disk or code: then they are looked at before that. Else it is enough that they were when the program starts.
    /// </summary>
    internal virtual bool ReadsImages => false;

    /// <summary>Trusted execution environments that a pod can be given in this tier.</summary>
    internal virtual TeeKinds Tees => TeeKinds.None;

    /// <summary>Forgets what a trial found: <see cref="Tried"/> tries again.</summary>
    internal virtual void Forget()
    {
    }

    /// <summary>Whether an image is of a kind that is run by this tier alone: a WebAssembly module, a kernel.</summary>
    internal virtual bool Claims(TierImage image) => false;

    /// <summary>Refuses what this tier does not do, before anything is made.</summary>
    /// <exception cref="SpecRefusedException">One of it was asked for.</exception>
    internal virtual void Check(PodSpec pod)
    {
    }

    /// <summary>Refuses an image that this tier does not run.</summary>
    /// <exception cref="SpecRefusedException">It is such a one.</exception>
    internal virtual void CheckImage(ContainerSpec container, TierImage image)
    {
        if (image.IsWebAssembly)
        {
            throw new SpecRefusedException("image", $"{container.Image} holds WebAssembly, which no processor executes", "use --tier wasm");
        }

        if (UnikernelTier.IsKernel(image) && !Claims(image))
        {
            throw new SpecRefusedException("image", $"{container.Image} is a kernel ({UnikernelAnnotations.Prefix}*), which is booted and not executed", $"use --tier {UnikernelTier.TierName}");
        }
    }

    /// <summary>
    /// Sees to what the pod needs as a whole, a virtual machine for instance, before each start of one of its containers. What is there
    /// already is left alone.
    /// </summary>
    /// <exception cref="IsolationException">It cannot be had.</exception>
    internal virtual Task Prepare(TierPod pod) => Task.CompletedTask;

    /// <summary>What the runtime needs around it when a container is made and started.</summary>
    /// <exception cref="IsolationException">The tier does not work here (any more).</exception>
    internal virtual Task<RuntimeSurroundings> Surroundings(TierPod pod) => Task.FromResult(RuntimeSurroundings.None);

    /// <summary>
    /// The jail that carries a container; null: the container is the image itself, and <see cref="Adapt"/> changes its plan.
    /// </summary>
    /// <param name="pod">The pod.</param>
    /// <param name="container">The container.</param>
    /// <param name="inner">
    /// Computes the plan that a container of the pod would have in the process tier, with its image mounted read-only for the time of the call
    /// and given to the function.
    /// </param>
    internal virtual Task<TierJail?> Jail(TierPod pod, TierContainer container, InnerPlan inner) => Task.FromResult<TierJail?>(null);

    /// <summary>Changes the plan of a container that is the image itself.</summary>
    internal virtual ContainerPlan Adapt(TierPod pod, ContainerPlan plan) => plan;

    /// <summary>What an exec becomes.</summary>
    /// <exception cref="SpecRefusedException">It is not possible in this tier, or asks for too much.</exception>
    internal virtual ExecPlan PlanExec(ContainerProcesses container, ExecStart asked) => new()
    {
        Arguments = asked.Args,
        Environment = asked.Env,
        WorkingDirectory = asked.WorkingDir,
        User = asked.User.Length == 0 ? null : UserResolver.InRoot(Isolator.RootOf(container.Process, container.Monitor)).Resolve(asked.User, []),
        Terminal = asked.Tty,
        Stdin = asked.Stdin,
    };

    /// <summary>Stops every process of a container where it is, or lets it go on.</summary>
    internal virtual Task Freeze(TierPod pod, string containerId, bool frozen) => Isolator.Freeze(containerId, frozen);

    /// <summary>What a container uses, where the control group on the node does not tell; null: it does.</summary>
    internal virtual Task<ContainerStats?> Stats(TierPod pod, string containerId) => Task.FromResult<ContainerStats?>(null);

    /// <summary>Memory of what isolates a container's program, bytes: gVisor's kernel, a VMM with its guest's. 0: nothing, or not known.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="container">The container's process on the node.</param>
    /// <param name="used">Memory that its stats show.</param>
    internal virtual ulong IsolationMemory(TierPod pod, ProcessIdentity container, ulong used) => 0;

    /// <summary>
    /// Why limits of a running container cannot be changed; null: they can, by its control group.
    /// </summary>
    internal virtual string? UpdateRefusal => null;

    /// <summary>Puts limits of a running container in force where that is not done by its control group on the node.</summary>
    /// <param name="pod">The pod, with the limits that it had.</param>
    /// <param name="name">The container's name in the spec.</param>
    /// <param name="id">The container.</param>
    /// <param name="asked">What is to change; 0 changes nothing.</param>
    /// <param name="after">All limits of the container when it has.</param>
    /// <returns>False: it is done by the control group, and the caller does it.</returns>
    /// <exception cref="SpecRefusedException">It cannot have them.</exception>
    /// <exception cref="IsolationException">It failed; what was done of it is undone.</exception>
    internal virtual Task<bool> Update(TierPod pod, string name, string id, Resources asked, Resources after) => Task.FromResult(false);

    /// <summary>Why files of a container cannot be copied; null: they can.</summary>
    /// <param name="isAlive">It runs.</param>
    internal virtual string? CopyRefusal(bool isAlive) => null;

    /// <summary>
    /// Waits, within a time, until a container's program has begun or ended, where that its process on the node has begun does not tell.
    /// </summary>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="ended">Completes when the container has ended.</param>
    /// <param name="cancel">Nobody waits any more.</param>
    internal virtual Task Begun(string bundle, Task ended, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>How the program inside ended, from how the container's process on the node did. Its bundle and log are there still.</summary>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="log">Path of its log.</param>
    /// <param name="code">The exit code of its process on the node.</param>
    internal virtual TierExit Ended(string bundle, string log, int code) => new(code);

    /// <summary>No container of the pod runs or is about to: what <see cref="Prepare"/> or <see cref="Jail"/> made may give its memory back.</summary>
    internal virtual Task Rest(TierPod pod) => Task.CompletedTask;

    /// <summary>Removes what was made of images that are no more, and was kept for later pods.</summary>
    /// <param name="images">The layer directories of each image that there is, bottom first.</param>
    /// <returns>The names of what was removed.</returns>
    internal virtual IReadOnlyList<string> Forget(IReadOnlyList<IReadOnlyList<string>> images) => [];

    /// <summary>How it was the tier and not the program that ended a container; null: the program did.</summary>
    /// <param name="bundle">The container's bundle, as it was left.</param>
    /// <param name="code">What the monitor says; null: it was killed before it could.</param>
    internal virtual string? Breakdown(string bundle, int? code) => code is null ? "its monitor was killed before it could write an exit code" : null;

    /// <summary>Removes what <see cref="Prepare"/> made for a pod. Nothing there is no error.</summary>
    internal virtual Task End(TierPod pod) => Task.CompletedTask;

    /// <summary>Leaves a pod to another tier: as <see cref="End"/>, and its network is again as it was given to the pod.</summary>
    internal virtual Task Leave(TierPod pod) => End(pod);

    /// <summary>What it keeps ready for pods to come: how many machines, and their memory; null: it keeps none.</summary>
    internal virtual (int Count, ulong Bytes)? Waiting => null;

    /// <summary>The daemon stops: what the tier makes ahead of pods ends; pods run on.</summary>
    internal virtual Task Stop() => Task.CompletedTask;

    /// <summary>Images were removed: what the tier made of them may go.</summary>
    /// <param name="present">Digests of the manifests that are there when it is called.</param>
    internal virtual void ImagesRemoved(Func<IReadOnlySet<string>> present)
    {
    }

    /// <summary>Whether a container of the runtime is owned by a pod as a whole and not by one of its containers.</summary>
    internal virtual bool Owns(Contracts.Journal.V1.PodRecord pod, string containerId) => false;
}
