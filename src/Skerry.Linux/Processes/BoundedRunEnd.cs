namespace Skerry.Linux.Processes;

/// <summary>Why a program that ran within bounds is over.</summary>
public enum BoundedRunEnd
{
    /// <summary>It ended by itself.</summary>
    Exited,

    /// <summary>Its time was over; it was killed.</summary>
    TimedOut,

    /// <summary>It printed more than it may; it was killed.</summary>
    OutputTooLarge,

    /// <summary>The caller cancelled; it was killed.</summary>
    Cancelled,
}
