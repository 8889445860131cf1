using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Pods;
using Skerry.Node.Pods.Copying;

namespace Skerry.Node.Reconcile;

/// <summary>Opens the root directories of containers for copying.</summary>
internal sealed class ContainerRoots(NodeRooms rooms)
{
    /// <summary>
    /// Opens a container's root: that of its first process while it runs, volumes included; else its layers, mounted in a namespace that
    /// is gone again at once. The mount lives as long as the answer is held, and the container is not started meanwhile.
    /// </summary>
    /// <param name="pod">The pod.</param>
    /// <param name="container">The container.</param>
    /// <param name="path">The path that is going to be used; one in a volume needs a container that runs.</param>
    internal async Task<ContainerRoot> Open(PodState pod, PodContainer container, string path)
    {
        IdRange? ids = pod.Record.IdSlot < 0 ? null : rooms.Ranges.Range(pod.Record.IdSlot);
        var tier = rooms.TierOf(pod);
        if (tier.CopyRefusal(container.IsAlive) is { } why)
        {
            var helps = container.IsAlive && tier.CopyRefusal(isAlive: false) is null;
            throw PodException.State($"container {container.View.Name} {why}", helps ? $"skerry stop {container.View.Name}, copy, and start it again" : "run a program in it that copies, or use a volume");
        }

        if (OfProcess(container) is { } running)
        {
            return new ContainerRoot(running, ids, container.View.Name, null);
        }

        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (pod.IsGone)
            {
                throw PodException.NotFound($"container {container.View.Name} has been removed");
            }

            // It may have been started while the gate was waited for.
            if (OfProcess(container) is { } started)
            {
                pod.Gate.Release();
                return new ContainerRoot(started, ids, container.View.Name, null);
            }

            RefuseVolume(pod, container, path);
            var writable = rooms.Paths.Writable(container.Id);
            if (!Directory.Exists(Path.Combine(writable, "upper")))
            {
                throw PodException.State($"container {container.View.Name} was never started: it has no files of its own yet", $"skerry start {container.View.Name}");
            }

            var layers = rooms.Images.Of(container.Record).Layers;
            var users = pod.Record.IdSlot < 0 ? null : rooms.Ranges.UserNamespace(pod.Record.IdSlot);
            var root = await rooms.Isolator.OpenRoot(layers, writable, users).ConfigureAwait(false);
            return new ContainerRoot(root, ids, container.View.Name, () => pod.Gate.Release());
        }
        catch
        {
            pod.Gate.Release();
            throw;
        }
    }

    /// <summary>The root of a running container's first process; null when it does not run.</summary>
    private static FileDescriptor? OfProcess(PodContainer container)
    {
        if (!container.IsAlive)
        {
            return null;
        }

        // 1. Hold the process. 2. Open its root. 3. Still alive: the pid was its own all the time, and so is the root.
        var process = container.Process;
        using var held = process.TryOpen();
        if (held is null)
        {
            return null;
        }

        var (root, error) = FileCalls.TryOpen(null, $"/proc/{process.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture)}/root", OpenFlags.Path | OpenFlags.Directory);
        if (root is not null && process.IsAlive())
        {
            return root;
        }

        root?.Dispose();
        return error is Errno.None or Errno.ENOENT or Errno.ESRCH
            ? throw PodException.State($"container {container.View.Name} is just ending", "copy again")
            : throw LinuxException.Of("openat2", $"root of container {container.View.Name}", error);
    }

    private static void RefuseVolume(PodState pod, PodContainer container, string path)
    {
        var wanted = pod.Spec.Containers.First(c => c.Name == container.View.Name);
        var full = Path.GetFullPath("/" + path);
        foreach (var mount in wanted.Mounts)
        {
            var place = Path.GetFullPath("/" + mount.Destination).TrimEnd('/');
            if (full == place || full.StartsWith(place + "/", StringComparison.Ordinal))
            {
                throw PodException.State(
                    $"{container.View.Name}:{path} is in the volume {mount.Destination}, which is there only while the container runs",
                    mount.Type == Mount.Types.Type.Bind ? $"use {mount.Source} on the node, or skerry start {container.View.Name}" : $"skerry start {container.View.Name}");
            }
        }
    }
}
