namespace Skerry.Oci.Trust.Strict;

/// <summary>A time and a span, ending where times end: what is signed may say 9999-12-31 (RFC 5280 section 4.1.2.5).</summary>
internal static class TimeSum
{
    public static DateTimeOffset Of(DateTimeOffset time, TimeSpan span) => span > DateTimeOffset.MaxValue - time ? DateTimeOffset.MaxValue : time + span;
}
