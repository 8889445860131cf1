namespace Skerry.Node.Isolation;

/// <summary>A container could not be made, started, reached or removed: the step, the object, the cause and what to do.</summary>
internal sealed class IsolationException : IOException
{
    public IsolationException(string message)
        : base(message)
    {
    }

    public IsolationException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <summary>The program named in the image or by the user cannot be run (126) or is not there (127); else null.</summary>
    public int? ExitCode { get; init; }
}
