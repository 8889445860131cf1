using System.Buffers.Binary;
using Skerry.Linux.Files;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// Reads how much memory a Linux kernel takes as it unpacks itself, from its header (Documentation/arch/x86/boot.rst). With less it writes where nothing is, and the
/// processor ends in a triple fault before there is a console.
/// </summary>
internal static class LinuxKernel
{
    // Places and versions of the header's fields.
    private const int Magic = 0x202;
    private const int Version = 0x206;
    private const int Preferred = 0x258;
    private const int Initial = 0x260;
    private const int Length = 0x264;
    private const ushort LeastVersion = 0x020a;

    /// <summary>Bytes from the start of memory to the end of what it unpacks; 0: it does not say, or is no such kernel.</summary>
    /// <param name="path">A file of an image on the node, in which anything may stand.</param>
    internal static long Needs(string path)
    {
        var header = new byte[Length];
        var (file, _) = FileCalls.TryOpen(null, path, OpenFlags.Read | OpenFlags.NoFollow | OpenFlags.NonBlock);
        using (file)
        {
            if (file is null || FileCalls.Read(file, header, 0, path) < Length || !header.AsSpan(Magic, 4).SequenceEqual("HdrS"u8)
                || BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(Version)) < LeastVersion)
            {
                return 0;
            }
        }

        var place = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(Preferred));
        return place <= uint.MaxValue ? (long)place + BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(Initial)) : 0;
    }
}
