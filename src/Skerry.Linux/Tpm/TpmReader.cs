using System.Buffers.Binary;

namespace Skerry.Linux.Tpm;

/// <summary>Reads an answer. What is asked for and not there is an error that says at which byte.</summary>
internal ref struct TpmReader(ReadOnlySpan<byte> answer, int start, string name)
{
    private readonly ReadOnlySpan<byte> _answer = answer;
    private int _at = start;

    internal ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    internal uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>TPM2B.</summary>
    internal byte[] Sized() => Take(UInt16()).ToArray();

    internal readonly TpmException Unexpected(string what) => new($"{name}: the TPM answered {what}, before byte {_at} of {_answer.Length}");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_answer.Length - _at < count)
        {
            throw new TpmException($"{name}: the TPM's answer ends at byte {_answer.Length}; {count} more were to come at byte {_at}");
        }

        _at += count;
        return _answer.Slice(_at - count, count);
    }
}
