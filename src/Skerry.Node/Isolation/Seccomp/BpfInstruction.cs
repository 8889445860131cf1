namespace Skerry.Node.Isolation.Seccomp;

/// <summary>struct sock_filter of include/uapi/linux/filter.h; jumps count from the next instruction.</summary>
internal readonly record struct BpfInstruction(ushort Code, byte True, byte False, uint Operand)
{
    // include/uapi/linux/bpf_common.h: class | size/op | source
    public const ushort LoadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
    public const ushort AndConstant = 0x54; // BPF_ALU | BPF_AND | BPF_K
    public const ushort Ja = 0x05; // BPF_JMP | BPF_JA
    public const ushort Jeq = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    public const ushort Jgt = 0x25; // BPF_JMP | BPF_JGT | BPF_K
    public const ushort Jge = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    public const ushort Ret = 0x06; // BPF_RET | BPF_K

    public static BpfInstruction Load(uint offset) => new(LoadWord, 0, 0, offset);

    public static BpfInstruction And(uint mask) => new(AndConstant, 0, 0, mask);

    public static BpfInstruction Jump(uint distance) => new(Ja, 0, 0, distance);

    public static BpfInstruction JumpIf(ushort code, uint operand, byte yes, byte no) => new(code, yes, no, operand);

    public static BpfInstruction Return(uint value) => new(Ret, 0, 0, value);
}
