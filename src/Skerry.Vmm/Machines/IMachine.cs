using Skerry.Contracts.Vmm;
using Skerry.Linux;

namespace Skerry.Vmm.Machines;

/// <summary>A running machine by its VMM's control socket. A call that fails is an <see cref="IOException"/> that says what the VMM said.</summary>
/// <remarks>Safe for several callers.</remarks>
internal interface IMachine : IAsyncDisposable
{
    /// <summary>Has it begin where its template stopped.</summary>
    Task Load(CancellationToken cancel);

    /// <summary>Stops it into the files of a template.</summary>
    /// <param name="template">Where to.</param>
    /// <param name="meeting">Path for a socket, if one is needed.</param>
    /// <param name="cancel">Gives up.</param>
    Task Save(VmTemplate template, string meeting, CancellationToken cancel);

    /// <summary>Has it stand still.</summary>
    Task Stop(CancellationToken cancel);

    /// <summary>Lets it go on.</summary>
    Task Continue(CancellationToken cancel);

    /// <summary>Puts other disks and a tap behind the devices of a machine that stands still.</summary>
    Task Put(VmTake take, IReadOnlyList<FileDescriptor> files, CancellationToken cancel);

    /// <summary>Whether the guest reset the machine, now that its VMM has ended; null: the VMM does not say.</summary>
    Task<bool?> WasReset() => Task.FromResult<bool?>(null);

    /// <summary>Has the guest's balloon take or give back memory until the guest has so much.</summary>
    /// <param name="mebibytes">MiB; 0: only look.</param>
    /// <param name="patience">How long to wait for it; the guest goes on to try.</param>
    /// <param name="cancel">The machine ends: no command can be made after this.</param>
    /// <returns>MiB that the guest has when it is reached or waiting ends.</returns>
    Task<int> Resize(int mebibytes, TimeSpan patience, CancellationToken cancel);
}
