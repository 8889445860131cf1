namespace Skerry.Node.Isolation.Seccomp;

/// <summary>How an argument is compared. All but <see cref="NotIn32"/> are libseccomp's.</summary>
internal enum SeccompOp
{
    /// <summary>All 64 bits differ from the value.</summary>
    NotEqual,

    /// <summary>Less, unsigned 64 bits.</summary>
    Less,

    /// <summary>Less or equal.</summary>
    LessOrEqual,

    /// <summary>All 64 bits equal the value.</summary>
    Equal,

    /// <summary>Greater or equal.</summary>
    GreaterOrEqual,

    /// <summary>Greater.</summary>
    Greater,

    /// <summary>The masked argument equals the value.</summary>
    MaskedEqual,

    /// <summary>The low 32 bits, which is all the kernel looks at for an int, are none of the set.</summary>
    NotIn32,
}

/// <summary>One comparison.</summary>
/// <param name="Index">Argument, 0 to 5.</param>
/// <param name="Op">Comparison.</param>
/// <param name="Value">Value to compare with.</param>
/// <param name="Mask">Mask of <see cref="SeccompOp.MaskedEqual"/>.</param>
internal sealed record SeccompCompare(int Index, SeccompOp Op, ulong Value, ulong Mask = ulong.MaxValue)
{
    /// <summary>The set of <see cref="SeccompOp.NotIn32"/>.</summary>
    public IReadOnlyList<uint> Set { get; init; } = [];

    /// <summary>The low 32 bits equal the value.</summary>
    public static SeccompCompare Equal32(int index, uint value) => new(index, SeccompOp.MaskedEqual, value, uint.MaxValue);

    /// <summary>The low 32 bits are none of the set.</summary>
    public static SeccompCompare NotIn32(int index, IReadOnlyList<uint> set) => new(index, SeccompOp.NotIn32, 0) { Set = set };
}

/// <summary>An action when all comparisons hold; none: always.</summary>
internal sealed record SeccompRule(SeccompAction Action, IReadOnlyList<SeccompCompare> Conditions);
