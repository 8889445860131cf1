using System.Globalization;
using System.Net.Sockets;
using Skerry.Linux;
using Skerry.Linux.Processes;

namespace Skerry.Vmm.Machines;

/// <summary>
/// A template as the node hands it over: two files without a name that nobody can change any more. That is what lets QEMU have them, which opens
/// for writing what it only maps for itself (before 8.2, system/physmem.c): whoever takes it over has its own pages and nothing of other copies.
/// </summary>
internal sealed class HandedTemplate : IDisposable
{
    /// <summary>The number under which QEMU has the state.</summary>
    internal const int StateNumber = 5;

    private const int MemoryNumber = 6;
    private const int Patience = 2_000;
    private readonly FileDescriptor _state;
    private readonly FileDescriptor _memory;

    private HandedTemplate(NetworkStream node, FileDescriptor state, FileDescriptor memory)
    {
        Node = node;
        _state = state;
        _memory = memory;
    }

    /// <summary>The connection to the node; who waits for a pod hears of it there.</summary>
    internal NetworkStream Node { get; }

    /// <summary>The memory's path in QEMU.</summary>
    internal static string MemoryPath { get; } = "/proc/self/fd/" + MemoryNumber.ToString(CultureInfo.InvariantCulture);

    /// <summary>The state's path in the VMM, where it takes a path.</summary>
    internal static string StatePath { get; } = "/proc/self/fd/" + StateNumber.ToString(CultureInfo.InvariantCulture);

    /// <summary>What QEMU gets.</summary>
    internal IReadOnlyList<(int Number, FileDescriptor Descriptor)> Descriptors => [(StateNumber, _state), (MemoryNumber, _memory)];

    /// <summary>Takes it from the node.</summary>
    /// <param name="path">The socket.</param>
    /// <exception cref="IOException">The node does not hand it over.</exception>
    /// <exception cref="SocketException">Nobody is there.</exception>
    internal static HandedTemplate Take(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = Patience };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            var taken = DescriptorMail.Receive(socket.SafeHandle, 2);

            // A copy touches little of much: translated code and tables lie far apart, and a huge page for each is memory for nothing.
            Spawn.RefuseHugePages();
            return new HandedTemplate(new NetworkStream(socket, ownsSocket: true), taken[0], taken[1]);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Node.Dispose();
        _state.Dispose();
        _memory.Dispose();
    }
}
