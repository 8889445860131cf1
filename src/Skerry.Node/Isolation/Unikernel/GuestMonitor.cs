using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>A program that runs a guest, in a jail of its own; its console is the program's standard streams.</summary>
internal abstract class GuestMonitor
{
    /// <summary>Which it is.</summary>
    internal abstract MonitorKind Kind { get; }

    /// <summary>Its name, for people.</summary>
    internal abstract string Name { get; }

    /// <summary>The name of its jail's root (<see cref="JailProgram.Name"/>).</summary>
    internal abstract string JailName { get; }

    /// <summary>Whether it runs a guest on this machine, found out once by trial.</summary>
    internal abstract Task<TierVerdict> Tried { get; }

    /// <summary>What its jail holds.</summary>
    /// <exception cref="IsolationException">It is not on this machine any more.</exception>
    internal abstract JailProgram Program { get; }

    /// <summary>Environment of its process: NAME=VALUE.</summary>
    internal virtual IReadOnlyList<string> Environment => [];

    /// <summary>Its arguments for a guest.</summary>
    internal abstract IReadOnlyList<string> Arguments(GuestPlan plan);

    /// <summary>Devices of the node that it needs for a guest.</summary>
    internal abstract IReadOnlyList<JailDevice> Devices(GuestPlan plan);

    /// <summary>Files that it reads in its jail for a guest: where they are there, and what is in them.</summary>
    internal virtual IReadOnlyList<(string Destination, byte[] Content)> Files(GuestPlan plan) => [];

    /// <summary>Makes where it writes down how its machine ended, and has the jail shown it; null: it tells by its exit code, or not.</summary>
    internal virtual MountPlan? Events(string bundle, IdRange? ids) => null;

    /// <summary>Whether a machine that ended was reset, where that is no usual end of a guest.</summary>
    internal virtual bool WasReset(string bundle) => false;

    /// <summary>Words of a Linux kernel's command line that the machine it gives needs.</summary>
    internal virtual string KernelWords => string.Empty;

    /// <summary>Memory that it needs beside the guest's.</summary>
    internal abstract long Overhead { get; }

    /// <summary>What its exit code says of the guest.</summary>
    internal virtual int GuestCode(int code) => code;
}
