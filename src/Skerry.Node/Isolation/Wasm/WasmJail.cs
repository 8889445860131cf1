using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.WebAssembly;
using Skerry.Node.Isolation.Spec;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Isolation.Wasm;

/// <summary>
/// Turns the plan that a container would have in the process tier into that of the jail which carries its module. What must hold: of the
/// image only the module is there; what image and pod say reaches the carrier as arguments and never as its own environment, and a volume
/// is shown at a place of the jail's own choosing, so that nothing can stand in for the carrier's program, loader or libraries.
/// </summary>
internal static class WasmJail
{
    /// <summary>Where the jail has the compiled module.</summary>
    internal const string CodePlace = "/module";

    /// <summary>Threads of the carrier, which the limit of processes counts too.</summary>
    internal const long OwnThreads = 32;

    /// <summary>Memory of the carrier and of compiled code, which the control group counts too.</summary>
    internal const long OwnMemory = 32L << 20;

    /// <summary>Computes the plan.</summary>
    /// <param name="inner">The plan in the process tier.</param>
    /// <param name="rootfs">Where the jail's root is mounted.</param>
    /// <param name="program">The carrier, inside the jail.</param>
    /// <param name="code">The compiled module, on the node.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="nodeFiles">Directory of the pod's own files: resolv.conf, hosts, hostname.</param>
    /// <param name="fuel">See <see cref="WasmTier.FuelAnnotation"/>.</param>
    /// <param name="hasSockets">The module may use the pod's network.</param>
    /// <exception cref="SpecRefusedException">It asks for what a module cannot have.</exception>
    internal static ContainerPlan Plan(ContainerPlan inner, string rootfs, string program, string code, WasmBinary kind, string nodeFiles, ulong? fuel, bool hasSockets)
    {
        var asked = inner.Spec;
        List<string> arguments = [program, "run"];
        if (kind == WasmBinary.Component)
        {
            arguments.Add("--component");
        }

        foreach (var variable in ProcessPlan.Environment(inner.Image.Env, asked.Env, asked.Tty, inner.Pod.Hostname, inner.User.Home))
        {
            arguments.AddRange(["--env", variable]);
        }

        List<MountPlan> mounts = [new() { Source = code, Destination = CodePlace, ReadOnly = true }];
        foreach (var mount in inner.Mounts)
        {
            if (mount.Source?.StartsWith(nodeFiles + "/", StringComparison.Ordinal) == true)
            {
                // For the carrier, which looks names up on behalf of the module.
                mounts.Add(mount with { ReadOnly = true });
                continue;
            }

            if (mount is { Source: not null, IsDirectory: false })
            {
                throw new SpecRefusedException("mounts", $"{mount.Destination} is a file, and a module is given directories only (WASI preopens)", "mount the directory it is in");
            }

            var place = string.Create(CultureInfo.InvariantCulture, $"/v/{mounts.Count}");
            mounts.Add(mount with { Destination = place, NoExec = true });
            arguments.AddRange([mount.ReadOnly ? "--dir-ro" : "--dir", $"{place}={mount.Destination}"]);
        }

        if (asked.Resources is { MemoryBytes: > 0 } memory)
        {
            arguments.AddRange(["--memory", memory.MemoryBytes.ToString(CultureInfo.InvariantCulture)]);
        }

        if (fuel is { } steps)
        {
            arguments.AddRange(["--fuel", steps.ToString(CultureInfo.InvariantCulture)]);
        }

        if (hasSockets)
        {
            arguments.Add("--sockets");
        }

        arguments.AddRange([CodePlace, "--", .. WasmImage.Command(asked, inner.Image)]);
        return inner with { Spec = Spec(asked, arguments), Image = new ImageProcess(), RootfsPath = rootfs, Mounts = mounts, Devices = [], InitPath = null };
    }

    /// <summary>What the carrier asks for: no privilege, no variable of others, and room for itself beside the module.</summary>
    private static ContainerSpec Spec(ContainerSpec asked, IReadOnlyList<string> arguments)
    {
        var spec = asked.Clone();
        spec.Entrypoint.Clear();
        spec.Entrypoint.AddRange(arguments);
        spec.Args.Clear();
        spec.Env.Clear();
        spec.WorkingDir = "/";
        spec.ReadOnlyRootfs = true;
        spec.CapAdd.Clear();
        spec.CapDrop.Clear();
        spec.CapDrop.Add("ALL");
        if (spec.Resources is { } limits)
        {
            limits.MemoryBytes = limits.MemoryBytes > 0 ? limits.MemoryBytes + OwnMemory : limits.MemoryBytes;
            limits.Pids = limits.Pids > 0 ? limits.Pids + OwnThreads : limits.Pids;
        }

        return spec;
    }
}
