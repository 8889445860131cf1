namespace Skerry.Node.Policy;

/// <summary>Trusted execution environments: memory that the machine's own kernel cannot read.</summary>
[Flags]
internal enum TeeKinds
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>AMD SEV: encrypted memory of a virtual machine.</summary>
    Sev = 1,

    /// <summary>AMD SEV-SNP: with integrity and attestation.</summary>
    SevSnp = 2,

    /// <summary>Intel TDX: trust domains.</summary>
    Tdx = 4,

    /// <summary>Intel SGX: enclaves within a process.</summary>
    Sgx = 8,

    /// <summary>Whichever there is.</summary>
    Any = Sev | SevSnp | Tdx | Sgx,
}

/// <summary>Names of <see cref="TeeKinds"/>, as people write them.</summary>
internal static class TeeNames
{
    /// <summary>What a pod may ask for.</summary>
    internal const string Allowed = "sev, sev-snp, tdx, sgx or any";

    /// <summary>Strongest first: integrity and attestation before encryption alone, whole machines before parts of a process.</summary>
    internal static readonly TeeKinds[] Order = [TeeKinds.SevSnp, TeeKinds.Tdx, TeeKinds.Sev, TeeKinds.Sgx];

    /// <summary>The kinds that a name asks for; null: no such name.</summary>
    internal static TeeKinds? Parse(string name) => name switch
    {
        "" => TeeKinds.None,
        "sev" => TeeKinds.Sev,
        "sev-snp" => TeeKinds.SevSnp,
        "tdx" => TeeKinds.Tdx,
        "sgx" => TeeKinds.Sgx,
        "any" => TeeKinds.Any,
        _ => null,
    };

    /// <summary>The name of one kind, or the names of several.</summary>
    internal static string Of(TeeKinds kinds) => kinds switch
    {
        TeeKinds.None => "none",
        TeeKinds.Sev => "sev",
        TeeKinds.SevSnp => "sev-snp",
        TeeKinds.Tdx => "tdx",
        TeeKinds.Sgx => "sgx",
        _ => string.Join(", ", Order.Where(k => kinds.HasFlag(k)).Select(Of)),
    };
}
