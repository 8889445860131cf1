using System.Globalization;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Sandbox;
using Skerry.Node.Pods;
using Skerry.Node.Sensors;
using Skerry.Node.Sensors.Gvisor;

namespace Skerry.Node.Reconcile;

/// <summary>Has gVisor tell the sensor what happens in its sandboxes: from their making on, again when skerryd is back, and of other calls when the rules change.</summary>
internal static class SandboxWatch
{
    private const int ShortId = 16;

    /// <summary>Listens to a sandbox that is about to be made.</summary>
    /// <returns>For runsc, before its <c>create</c>; nothing where it would tell nothing.</returns>
    internal static async Task<IReadOnlyList<string>> ListenTo(this NodeRooms rooms, PodState pod, PodContainer container) =>
        pod.Record.Pod.Tier != SandboxTier.TierName || await SensorWatch.Blindness(rooms, SandboxTier.TierName).ConfigureAwait(false) is not null
            ? []
            : await Task.Run(() => WriteSession(rooms, container)).ConfigureAwait(false) is { } session ? ["--pod-init-config=" + session] : [];

    /// <summary>A sandbox was made, or failed to be: it has read what it is to tell.</summary>
    internal static void EndOffer(this NodeRooms rooms, PodContainer container)
    {
        var session = SocketOf(rooms, container) + ".json";
        if (File.Exists(session))
        {
            File.Delete(session);
        }
    }

    /// <summary>Has a container watched that exists and has not started, or that was adopted: then it is asked anew, while other work goes on.</summary>
    internal static async Task IntroduceSandbox(this NodeRooms rooms, PodState pod, PodContainer container)
    {
        if (await SensorWatch.Blindness(rooms, SandboxTier.TierName).ConfigureAwait(false) is { } reason)
        {
            rooms.Log.ContainerMissed(container.Id, reason);
            return;
        }

        var isNew = rooms.Sensor.IsHeard(container.Id);
        if (!isNew && await Task.Run(() => WriteSession(rooms, container)).ConfigureAwait(false) is null)
        {
            return;
        }

        await Task.Run(() => Watch(rooms, pod, container)).ConfigureAwait(false);
        if (!isNew)
        {
            _ = Task.Run(() => Resume(rooms, container));
        }
    }

    /// <summary>Has all sandboxes that run told what the rules of now watch.</summary>
    internal static void AskSandboxes(this NodeRooms rooms)
    {
        foreach (var container in rooms.Index.All.Where(static p => p.Record.Pod.Tier == SandboxTier.TierName).SelectMany(static p => p.Containers).Where(c => rooms.Sensor.IsHeard(c.Id)))
        {
            _ = Task.Run(() => Ask(rooms, container));
        }
    }

    /// <summary>Removes what an earlier daemon listened on: nobody does any more.</summary>
    internal static void ForgetStreams(this NodeRooms rooms)
    {
        if (Directory.Exists(rooms.Paths.Streams))
        {
            Directory.Delete(rooms.Paths.Streams, recursive: true);
        }
    }

    private static void Watch(NodeRooms rooms, PodState pod, PodContainer container)
    {
        var spec = pod.Spec.Containers.First(c => c.Name == container.View.Name);
        var root = rooms.IsolatorOf(pod).RootOf(container.Process, container.Monitor);
        string[] mounts = ["/proc", "/dev", "/sys", .. spec.Mounts.Select(static m => m.Destination)];
        var users = UserBook.At(root, null);
        rooms.Sensor.Watch(number => new SensedContainer
        {
            Number = number,
            Id = container.Id,
            PodId = pod.Id,
            PidNamespace = 0,
            HasOwnKernel = true,
            HasTerminal = spec.Tty,
            First = container.Process,
            Facts = SensorWatch.Facts(rooms, pod, container, users),
            Users = users,
            Layers = new ProgramLayers(Path.Combine(rooms.Paths.Writable(container.Id), "upper"), rooms.Images.Of(container.Record).Layers, mounts),
            Links = new RealPaths(root, mounts),
        });
    }

    /// <summary>The daemon was away: what gVisor could not tell meanwhile is counted, and it is asked anew.</summary>
    private static async Task Resume(NodeRooms rooms, PodContainer container)
    {
        try
        {
            var isolator = rooms.Tiers[SandboxTier.TierName].Isolator;
            var said = await isolator.Ask(container.Id, ["trace", "list", container.Id]).ConfigureAwait(false);
            rooms.Sensor.CountLost(container.Id, Dropped(said));
        }
        catch (IsolationException error)
        {
            rooms.Log.ContainerMissed(container.Id, error.Message);
        }

        await Ask(rooms, container).ConfigureAwait(false);
    }

    private static async Task Ask(NodeRooms rooms, PodContainer container)
    {
        try
        {
            if (WriteSession(rooms, container) is { } session)
            {
                var isolator = rooms.Tiers[SandboxTier.TierName].Isolator;
                await isolator.Ask(container.Id, ["trace", "create", "--force", "--config", session, container.Id]).ConfigureAwait(false);
            }
        }
        catch (IOException error)
        {
            rooms.Log.ContainerMissed(container.Id, error.Message);
        }
        finally
        {
            rooms.EndOffer(container);
        }
    }

    private static string SocketOf(NodeRooms rooms, PodContainer container) => Path.Combine(rooms.Paths.Streams, container.Id[..ShortId]);

    /// <summary>Listens, and writes what gVisor is to tell; null: the log says why not.</summary>
    private static string? WriteSession(NodeRooms rooms, PodContainer container)
    {
        try
        {
            Directory.CreateDirectory(rooms.Paths.Streams, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var socket = SocketOf(rooms, container);
            if (rooms.Sensor.Listen(container.Id, socket) is not { } session)
            {
                return null;
            }

            File.WriteAllBytes(socket + ".json", session);
            return socket + ".json";
        }
        catch (IOException error)
        {
            rooms.Log.ContainerMissed(container.Id, error.Message);
            return null;
        }
    }

    /// <summary>The number behind "dropped: " in what <c>runsc trace list</c> says; 0 where there is none.</summary>
    internal static long Dropped(string said)
    {
        const string Before = "dropped: ";
        var at = said.LastIndexOf(Before, StringComparison.Ordinal);
        var digits = at < 0 ? [] : said.AsSpan(at + Before.Length);
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return long.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
    }
}
