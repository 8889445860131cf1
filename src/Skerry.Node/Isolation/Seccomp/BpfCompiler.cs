using System.Buffers.Binary;

namespace Skerry.Node.Isolation.Seccomp;

/// <summary>
/// Compiles a filter to classic BPF (struct sock_filter[], Documentation/userspace-api/seccomp_filter.rst). Calls are
/// found by a binary search over runs of equal answers, so that a decision costs about eight comparisons; arguments are
/// looked at only for calls that have conditions. Every block ends in a return, so blocks can be put one after another.
/// </summary>
internal static class BpfCompiler
{
    /// <summary>BPF_MAXINSNS, include/uapi/linux/bpf_common.h.</summary>
    public const int MaxInstructions = 4096;

    private const uint X32Bit = 0x40000000; // __X32_SYSCALL_BIT, asm/unistd.h
    private const uint NoCall = uint.MaxValue; // a tracer's "skip this call"

    // struct seccomp_data: nr 0, arch 4, instruction_pointer 8, args[6] from 16; both ABIs are little-endian.
    private const uint OffsetNr = 0;
    private const uint OffsetArch = 4;

    /// <summary>The filter's bytes.</summary>
    /// <exception cref="SeccompProfileException">The profile needs more instructions than the kernel takes.</exception>
    public static byte[] Compile(SeccompFilter filter, SeccompArch arch)
    {
        var search = Search(Runs(filter, arch), 0, int.MaxValue);
        List<BpfInstruction> code = [BpfInstruction.Load(OffsetArch)];
        code.Add(BpfInstruction.JumpIf(BpfInstruction.Jeq, arch.Audit, 1, 0));
        code.Add(BpfInstruction.Return(filter.Foreign.Value));
        code.Add(BpfInstruction.Load(OffsetNr));
        if (arch.HasX32)
        {
            code.Add(BpfInstruction.JumpIf(BpfInstruction.Jge, X32Bit, 0, 3));
            code.Add(BpfInstruction.JumpIf(BpfInstruction.Jeq, NoCall, 1, 0));
            code.Add(BpfInstruction.Return(filter.Foreign.Value));
            code.Add(BpfInstruction.Return(filter.Default.Value));
        }
        else
        {
            code.Add(BpfInstruction.JumpIf(BpfInstruction.Jeq, NoCall, 0, 1));
            code.Add(BpfInstruction.Return(filter.Default.Value));
        }

        code.AddRange(search);
        if (code.Count > MaxInstructions)
            throw new SeccompProfileException($"the filter has {code.Count} instructions, the kernel takes {MaxInstructions}", "use fewer rules with conditions");
        var bytes = new byte[code.Count * 8];
        for (var i = 0; i < code.Count; i++)
        {
            var at = bytes.AsSpan(i * 8);
            BinaryPrimitives.WriteUInt16LittleEndian(at, code[i].Code);
            at[2] = code[i].True;
            at[3] = code[i].False;
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], code[i].Operand);
        }

        return bytes;
    }

    /// <summary>From <see cref="First"/> on, up to the next run, all calls have this code.</summary>
    private readonly record struct Run(uint First, IReadOnlyList<BpfInstruction> Code);

    private static List<Run> Runs(SeccompFilter filter, SeccompArch arch)
    {
        var byNumber = new SortedDictionary<uint, string>();
        foreach (var name in filter.Calls)
        {
            if (arch.Calls.TryGetValue(name, out var number))
                byNumber[(uint)number] = name;
        }

        IReadOnlyList<BpfInstruction> otherwise = [BpfInstruction.Return(filter.Default.Value)];
        List<Run> runs = [new(0, otherwise)];
        foreach (var (number, name) in byNumber)
        {
            Append(number, Decide(filter.Rules.GetValueOrDefault(name) ?? [], filter.Otherwise(name)));
            Append(number + 1, otherwise);
        }

        if (filter.Newer is { } newer)
        {
            runs.RemoveAll(r => r.First > arch.Newest);
            Append(arch.Newest + 1, [BpfInstruction.Return(newer.Value)]);
        }

        // Neighbours with the same answer are one run.
        List<Run> merged = [];
        foreach (var run in runs)
        {
            if (merged.Count == 0 || !merged[^1].Code.SequenceEqual(run.Code))
                merged.Add(run);
        }

        return merged;

        void Append(uint first, IReadOnlyList<BpfInstruction> code)
        {
            if (runs[^1].First == first)
                runs.RemoveAt(runs.Count - 1);
            runs.Add(new(first, code));
        }
    }

    private static List<BpfInstruction> Search(List<Run> runs, int from, int to)
    {
        to = Math.Min(to, runs.Count);
        if (to - from == 1)
            return [.. runs[from].Code];
        var middle = from + ((to - from) / 2);
        var low = Search(runs, from, middle);
        var high = Search(runs, middle, to);
        List<BpfInstruction> code = [];
        if (low.Count <= byte.MaxValue)
        {
            code.Add(BpfInstruction.JumpIf(BpfInstruction.Jge, runs[middle].First, (byte)low.Count, 0));
        }
        else
        {
            code.Add(BpfInstruction.JumpIf(BpfInstruction.Jge, runs[middle].First, 0, 1));
            code.Add(BpfInstruction.Jump((uint)low.Count));
        }

        code.AddRange(low);
        code.AddRange(high);
        return code;
    }

    private static List<BpfInstruction> Decide(List<SeccompRule> rules, SeccompAction otherwise)
    {
        List<BpfInstruction> code = [];
        foreach (var rule in rules)
        {
            code.AddRange(Conjunction(rule));
            if (rule.Conditions.Count == 0)
                return code;
        }

        code.Add(BpfInstruction.Return(otherwise.Value));
        return code;
    }

    /// <summary>All comparisons, then the return; where one fails, the end of the block. Built from the back.</summary>
    private static List<BpfInstruction> Conjunction(SeccompRule rule)
    {
        List<BpfInstruction> code = [BpfInstruction.Return(rule.Action.Value)];
        foreach (var condition in rule.Conditions.Reverse())
            code.InsertRange(0, Compare(condition, code.Count));
        return code;
    }

    /// <summary>Falls through when the comparison holds; jumps <paramref name="past"/> beyond its own end when it does not.</summary>
    private static List<BpfInstruction> Compare(SeccompCompare compare, int past)
    {
        var low = (uint)compare.Value;
        var high = (uint)(compare.Value >> 32);
        return compare.Op switch
        {
            SeccompOp.Equal => Block(past, (Load(1), null), (Jeq(high), Mark.NotTo), (Load(0), null), (Jeq(low), Mark.NotTo)),
            SeccompOp.NotEqual => Block(past, (Load(1), null), (Jeq(high), Mark.NotYes), (Load(0), null), (Jeq(low), Mark.YesTo)),
            SeccompOp.Greater => Block(past, (Load(1), null), (Jgt(high), Mark.YesYes), (Jeq(high), Mark.NotTo), (Load(0), null), (Jgt(low), Mark.NotTo)),
            SeccompOp.GreaterOrEqual => Block(past, (Load(1), null), (Jgt(high), Mark.YesYes), (Jeq(high), Mark.NotTo), (Load(0), null), (Jge(low), Mark.NotTo)),
            SeccompOp.Less => Block(past, (Load(1), null), (Jgt(high), Mark.YesTo), (Jeq(high), Mark.NotYes), (Load(0), null), (Jge(low), Mark.YesTo)),
            SeccompOp.LessOrEqual => Block(past, (Load(1), null), (Jgt(high), Mark.YesTo), (Jeq(high), Mark.NotYes), (Load(0), null), (Jgt(low), Mark.YesTo)),
            SeccompOp.MaskedEqual => Block(past, [.. Masked(1, (uint)(compare.Mask >> 32), high), .. Masked(0, (uint)compare.Mask, low)]),
            SeccompOp.NotIn32 => Block(past, [(Load(0), null), .. compare.Set.Select(v => (Jeq(v), (Mark?)Mark.YesTo))]),
            _ => throw new ArgumentOutOfRangeException(nameof(compare), compare.Op, "no such comparison"),
        };

        BpfInstruction Load(int half) => BpfInstruction.Load((uint)(16 + (8 * compare.Index) + (4 * half)));

        IEnumerable<(BpfInstruction, Mark?)> Masked(int half, uint mask, uint value) => mask switch
        {
            0 => [],
            uint.MaxValue => [(Load(half), null), (Jeq(value), Mark.NotTo)],
            _ => [(Load(half), null), (BpfInstruction.And(mask), null), (Jeq(value & mask), Mark.NotTo)],
        };

        static BpfInstruction Jeq(uint k) => BpfInstruction.JumpIf(BpfInstruction.Jeq, k, 0, 0);
        static BpfInstruction Jgt(uint k) => BpfInstruction.JumpIf(BpfInstruction.Jgt, k, 0, 0);
        static BpfInstruction Jge(uint k) => BpfInstruction.JumpIf(BpfInstruction.Jge, k, 0, 0);
    }

    /// <summary>Where a jump of a comparison goes: "To" past the rule (it failed), "Yes" to the end of the comparison (it holds).</summary>
    private enum Mark
    {
        /// <summary>If not taken: failed.</summary>
        NotTo,

        /// <summary>If taken: failed.</summary>
        YesTo,

        /// <summary>If taken: holds.</summary>
        YesYes,

        /// <summary>If not taken: holds.</summary>
        NotYes,
    }

    private static List<BpfInstruction> Block(int past, params (BpfInstruction Instruction, Mark? Mark)[] parts)
    {
        List<BpfInstruction> code = [];
        for (var i = 0; i < parts.Length; i++)
        {
            var end = parts.Length - i - 1;
            if (end + past > byte.MaxValue)
                throw new SeccompProfileException("a rule has too many comparisons", "split it");
            var failed = (byte)(end + past);
            code.Add(parts[i].Mark switch
            {
                null => parts[i].Instruction,
                Mark.NotTo => parts[i].Instruction with { False = failed },
                Mark.YesTo => parts[i].Instruction with { True = failed },
                Mark.YesYes => parts[i].Instruction with { True = (byte)end },
                _ => parts[i].Instruction with { False = (byte)end },
            });
        }

        return code;
    }
}
