namespace Skerry.Linux.Bpf;

/// <summary>What a record of the sensor is of (enum record_kind, bpf/include/contract.h).</summary>
public enum RecordKind : ushort
{
    /// <summary>A system call returned.</summary>
    Call = 0,

    /// <summary>A program was started.</summary>
    Exec = 1,

    /// <summary>A process was made.</summary>
    Fork = 2,

    /// <summary>A process ended.</summary>
    Exit = 3,
}
