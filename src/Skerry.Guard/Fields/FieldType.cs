namespace Skerry.Guard.Fields;

/// <summary>Types of fields. The names in listings are these in capitals, as Falco has them, and DYNAMIC.</summary>
public enum FieldType
{
    /// <summary>Text.</summary>
    CharBuf,

    /// <summary>Bytes.</summary>
    ByteBuf,

    /// <summary>true or false.</summary>
    Bool,

    /// <summary>Signed number of 16 bits.</summary>
    Int16,

    /// <summary>Signed number of 32 bits.</summary>
    Int32,

    /// <summary>Signed number of 64 bits.</summary>
    Int64,

    /// <summary>Number of 32 bits.</summary>
    UInt32,

    /// <summary>Number of 64 bits.</summary>
    UInt64,

    /// <summary>Port of TCP or UDP.</summary>
    Port,

    /// <summary>Nanoseconds.</summary>
    RelTime,

    /// <summary>Nanoseconds since 1970.</summary>
    AbsTime,

    /// <summary>Number with a fraction.</summary>
    Double,

    /// <summary>Address of IPv4 or IPv6.</summary>
    IpAddr,

    /// <summary>Network of IPv4 or IPv6.</summary>
    IpNet,

    /// <summary>Depends on the argument.</summary>
    Dyn,
}
