using System.Buffers.Binary;

namespace Skerry.Node.Tests.Isolation.Seccomp;

/// <summary>Runs classic BPF as the kernel's checker admits it (net/core/filter.c, kernel/seccomp.c): what is not admitted throws.</summary>
internal static class BpfMachine
{
    internal static (uint Value, int Steps) Run(byte[] program, uint arch, uint nr, ulong[] args)
    {
        var data = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(data, nr);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), arch);
        for (var i = 0; i < 6; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(16 + (8 * i)), args[i]);
        uint a = 0;
        var steps = 0;
        for (var pc = 0; ; pc++)
        {
            steps++;
            var at = program.AsSpan(pc * 8, 8);
            var code = BinaryPrimitives.ReadUInt16LittleEndian(at);
            var k = BinaryPrimitives.ReadUInt32LittleEndian(at[4..]);
            switch (code)
            {
                case 0x20: a = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)k)); break;
                case 0x54: a &= k; break;
                case 0x05: pc += (int)k; break;
                case 0x15: pc += a == k ? at[2] : at[3]; break;
                case 0x25: pc += a > k ? at[2] : at[3]; break;
                case 0x35: pc += a >= k ? at[2] : at[3]; break;
                case 0x06: return (k, steps);
                default: throw new InvalidOperationException($"instruction 0x{code:x} at {pc}");
            }
        }
    }
}
