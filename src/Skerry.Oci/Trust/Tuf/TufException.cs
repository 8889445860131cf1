namespace Skerry.Oci.Trust.Tuf;

/// <summary>A repository that cannot be trusted, is not up to date, or does not have what was asked for. What was trusted before still is.</summary>
public sealed class TufException : Exception
{
    /// <param name="message">Which file, and why.</param>
    public TufException(string message)
        : base(message)
    {
    }

    /// <param name="message">Which file, and why.</param>
    /// <param name="inner">What was wrong with its bytes.</param>
    public TufException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
