using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Skerry.Linux.Bpf;

namespace Skerry.Node.Tests.Sensors;

/// <summary>Builds records as the kernel's side writes them.</summary>
internal sealed class RecordBytes
{
    private readonly MemoryStream _sections = new();
    private RecordHead _head;

    internal RecordBytes(RecordHead head) => _head = head;

    internal RecordBytes Add(SectionKind kind, ReadOnlySpan<byte> bytes)
    {
        Span<byte> head = stackalloc byte[4];
        var (number, length) = ((ushort)kind, (ushort)bytes.Length);
        MemoryMarshal.Write(head, in number);
        MemoryMarshal.Write(head[2..], in length);
        _sections.Write(head);
        _sections.Write(bytes);
        return this;
    }

    internal RecordBytes Add(SectionKind kind, string text) => Add(kind, Encoding.UTF8.GetBytes(text));

    internal RecordBytes Add<T>(SectionKind kind, T state)
        where T : struct => Add(kind, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in state)));

    /// <summary>A path, given from the first name to the last.</summary>
    internal RecordBytes AddPath(SectionKind kind, PathEnd end, params string[] names) =>
        Add(kind, [(byte)end, .. names.Reverse().SelectMany(static n => Encoding.UTF8.GetBytes(n + "\0"))]);

    internal byte[] ToArray()
    {
        _head.Size = (uint)(Unsafe.SizeOf<RecordHead>() + _sections.Length);
        return [.. MemoryMarshal.AsBytes(new ReadOnlySpan<RecordHead>(in _head)), .. _sections.ToArray()];
    }
}
