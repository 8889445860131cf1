using System.Buffers.Binary;

namespace Skerry.Linux.Tpm;

/// <summary>Puts a command together: big-endian numbers, and byte strings with their length before them (TPM 2.0 Library Part 1, 18).</summary>
internal sealed class TpmCommand
{
    private const ushort WithSessions = 0x8002; // TPM_ST_SESSIONS
    private const ushort WithoutSessions = 0x8001; // TPM_ST_NO_SESSIONS
    private const uint PasswordSession = 0x40000009; // TPM_RS_PW
    private readonly List<byte> _bytes = [];

    private TpmCommand(ushort tag, uint code) => UInt16(tag).UInt32(0).UInt32(code);

    internal static TpmCommand Of(uint code, uint handle) => new TpmCommand(WithoutSessions, code).UInt32(handle);

    /// <summary>A command on what is authorized by a value, which goes to the TPM as it is.</summary>
    internal static TpmCommand Authorized(uint code, uint handle, ReadOnlySpan<byte> authorization) =>
        new TpmCommand(WithSessions, code).UInt32(handle).UInt32((uint)(9 + authorization.Length)).UInt32(PasswordSession).UInt16(0).Byte(0).Sized(authorization);

    internal TpmCommand Byte(byte value)
    {
        _bytes.Add(value);
        return this;
    }

    internal TpmCommand UInt16(ushort value)
    {
        _bytes.AddRange([(byte)(value >> 8), (byte)value]);
        return this;
    }

    internal TpmCommand UInt32(uint value) => UInt16((ushort)(value >> 16)).UInt16((ushort)value);

    /// <summary>TPM2B.</summary>
    internal TpmCommand Sized(ReadOnlySpan<byte> bytes)
    {
        UInt16((ushort)bytes.Length);
        _bytes.AddRange(bytes);
        return this;
    }

    internal byte[] ToArray()
    {
        var bytes = _bytes.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(2), (uint)bytes.Length);
        return bytes;
    }
}
