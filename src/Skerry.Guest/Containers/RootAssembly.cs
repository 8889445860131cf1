using System.Globalization;
using System.Text;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;
using Skerry.Guest.Boot;
using Skerry.Guest.Spec;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Mounts;
using static Skerry.Linux.Mounts.MountTable.Options;

namespace Skerry.Guest.Containers;

/// <summary>
/// Puts a container's root together: 1. the layers' disks, read-only; 2. the writable layer, in memory or on a disk; 3. the overlay of both;
/// 4. files and volumes, which the runtime binds over it. What was mounted is in <see cref="Container.Mounts"/>, also when a step fails.
/// </summary>
internal static class RootAssembly
{
    private const int MaxLayers = 128;
    private const int MaxFiles = 64;
    private const int MaxVolumes = 128;

    /// <returns>What the runtime shall bind over the root.</returns>
    /// <exception cref="GuestException">The plan makes no sense.</exception>
    /// <exception cref="LinuxException">The kernel refused a step.</exception>
    public static List<GuestBind> Assemble(Container container, GuestRoot plan, Disks disks)
    {
        if (plan.Layers.Count is 0 or > MaxLayers || plan.Files.Count > MaxFiles || plan.Volumes.Count > MaxVolumes)
        {
            throw Refused($"a root has 1 to {MaxLayers} layers, at most {MaxFiles} files and {MaxVolumes} volumes");
        }

        // 1.
        var lower = new StringBuilder();
        for (var i = plan.Layers.Count - 1; i >= 0; i--)
        {
            // The kernel wants the topmost first.
            lower.Append(lower.Length == 0 ? "" : ":").Append(disks.Layer(plan.Layers[i]));
        }

        // 2.
        Make(container.Directory);
        var writable = container.Directory + "/w";
        Make(writable);
        if (plan.Writable.Length > 0)
        {
            disks.Mount(plan.Writable, writable);
        }
        else
        {
            var size = plan.WritableBytes == 0 ? "50%" : plan.WritableBytes.ToString(CultureInfo.InvariantCulture);
            MountTable.Mount("tmpfs", writable, "tmpfs", NoDevices, $"mode=0755,size={size}");
        }

        container.Mounts.Add(writable);

        // 3.
        Make(writable + "/upper", 0x1ED);
        Make(writable + "/work");
        Make(container.Root, 0x1ED);
        MountTable.Mount("overlay", container.Root, "overlay", NoDevices, $"lowerdir={lower},upperdir={writable}/upper,workdir={writable}/work");
        container.Mounts.Add(container.Root);

        // 4.
        var binds = new List<GuestBind>();
        foreach (var volume in plan.Volumes)
        {
            binds.Add(new GuestBind(Checked(volume.Path), Volume(volume), volume.ReadOnly));
        }

        foreach (var (place, file) in plan.Files.Index())
        {
            var source = $"{container.Directory}/f{place}";
            using (var opened = FileCalls.Open(null, source, OpenFlags.Write | OpenFlags.Create | OpenFlags.Exclusive, 0x180))
            {
                FileCalls.Write(opened, file.Content.Span, 0, source);
                FileCalls.SetMode(opened, file.Mode == 0 ? 0x1A4 : file.Mode & 0xFFF); // 0644 where none is given
            }

            binds.Add(new GuestBind(Checked(file.Path), source, file.ReadOnly));
        }

        return binds;
    }

    private static string Volume(GuestVolume volume)
    {
        if (volume.Tag.Length == 0 || !IsName(volume.Tag) || !IsName(volume.Source))
        {
            throw Refused("a volume's tag and source have at most 36 letters, digits, - and _");
        }

        var root = "/run/v/" + volume.Tag;
        if (FileCalls.MakeDirectory(null, root, 0x1C0))
        {
            try
            {
                FirstSteps.PrepareVolumes();
                MountTable.Mount(volume.Tag, root, "virtiofs", NoDevices | NoSetuid);
            }
            catch
            {
                FileCalls.RemoveDirectory(null, root);
                throw;
            }
        }

        if (volume.Source.Length == 0)
        {
            return root;
        }

        var place = $"{root}/{volume.Source}";
        var status = FileCalls.Status(null, place) ?? throw new GuestException(
            TtrpcStatusCode.NotFound, $"what is to be at {volume.Path} was not there when the pod's machine was started; stop all containers of the pod, and start them again");
        if (status.Kind == FileKind.Directory)
        {
            // A mount of the host is one here as soon as somebody enters it: done here, all containers have the same one and its pages.
            FileCalls.Open(null, place, OpenFlags.Path | OpenFlags.Directory).Dispose();
        }

        return place;
    }

    private static bool IsName(string text) => text.Length <= 36 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static string Checked(string path) =>
        path.Length is > 1 and <= 4096 && path[0] == '/' && !path.Any(char.IsControl) && !path.Split('/').Contains("..", StringComparer.Ordinal)
            ? path
            : throw Refused($"\"{path}\" is no absolute path of at most 4096 characters without ..");

    private static void Make(string path, uint mode = 0x1C0) => FileCalls.MakeDirectory(null, path, mode);

    private static GuestException Refused(string message) => new(TtrpcStatusCode.InvalidArgument, message);
}
