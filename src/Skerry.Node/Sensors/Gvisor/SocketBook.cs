using System.Buffers.Text;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>
/// Sockets of a sandbox. gVisor tells of a socket's address when it is used, and of its inode with every use of a descriptor
/// (<c>socket:[7]</c>), which never is used again. So an inode names it for good; from its making to the first use, its descriptor does.
/// </summary>
/// <remarks>Bounded: a sandbox that makes more than there is room for has the oldest forgotten.</remarks>
internal sealed class SocketBook
{
    /// <summary>Most sockets that are known at a time, by each of the two names.</summary>
    internal const int Most = 4096;

    private static readonly byte[] Prefix = "socket:["u8.ToArray();

    private readonly Bounded<ulong> _byInode = new();
    private readonly Bounded<(int Process, int Descriptor)> _byDescriptor = new();

    /// <summary>Inode in a name like <c>socket:[7]</c>; 0: it is none.</summary>
    internal static ulong InodeOf(ReadOnlySpan<byte> name) =>
        name.StartsWith(Prefix) && Utf8Parser.TryParse(name[Prefix.Length..], out ulong inode, out var length) && name[(Prefix.Length + length)..] is [(byte)']'] ? inode : 0;

    /// <summary>A descriptor leads to a socket.</summary>
    internal void Note(int process, int descriptor, SocketFacts socket) => _byDescriptor.Set((process, descriptor), socket);

    /// <summary>An inode is a socket.</summary>
    internal void Note(ulong inode, SocketFacts socket) => _byInode.Set(inode, socket);

    /// <summary>The socket with an inode; null: nobody saw it.</summary>
    internal SocketFacts? Find(ulong inode) => _byInode.Find(inode);

    /// <summary>The socket behind a descriptor; null: nobody saw it being made.</summary>
    internal SocketFacts? Find(int process, int descriptor) => _byDescriptor.Find((process, descriptor));

    private sealed class Bounded<T>
        where T : notnull
    {
        private readonly Dictionary<T, SocketFacts> _known = [];
        private readonly Queue<T> _order = [];

        internal SocketFacts? Find(T key) => _known.GetValueOrDefault(key);

        internal void Set(T key, SocketFacts socket)
        {
            if (!_known.ContainsKey(key))
            {
                if (_order.Count == Most)
                {
                    _known.Remove(_order.Dequeue());
                }

                _order.Enqueue(key);
            }

            _known[key] = socket;
        }
    }
}
