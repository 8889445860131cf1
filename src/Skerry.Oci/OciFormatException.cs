namespace Skerry.Oci;

/// <summary>Foreign bytes or text that break their format's rules: says which format, where and why.</summary>
/// <remarks>The only exception that parsers of this assembly throw for malformed input; failures of the underlying stream stay what they are.</remarks>
public sealed class OciFormatException : Exception
{
    /// <param name="format">What was read, in words: "image reference", "tar", "image manifest".</param>
    /// <param name="offset">Byte (or, for text, character) offset of the defect from the start, or null when there is none.</param>
    /// <param name="reason">What is wrong, and where it helps what to do.</param>
    /// <param name="inner">The cause below, if any.</param>
    public OciFormatException(string format, long? offset, string reason, Exception? inner = null)
        : base(offset is { } at ? $"{format}, offset {at}: {reason}" : $"{format}: {reason}", inner)
    {
        Format = format;
        Offset = offset;
        Reason = reason;
    }

    /// <summary>What was read, in words.</summary>
    public string Format { get; }

    /// <summary>Offset of the defect from the start of the input; null when it belongs to the whole.</summary>
    public long? Offset { get; }

    /// <summary>What is wrong.</summary>
    public string Reason { get; }
}
