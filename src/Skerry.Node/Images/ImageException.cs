using Skerry.Linux;

namespace Skerry.Node.Images;

/// <summary>Why something with an image did not go, for the doors to turn into a status.</summary>
public enum ImageProblem
{
    /// <summary>No image, blob or layer of that name.</summary>
    NotFound,

    /// <summary>More than one image answers to the name.</summary>
    Ambiguous,

    /// <summary>It would not fit; nothing was begun.</summary>
    DoesNotFit,

    /// <summary>The disk filled on the way; the store is as before, and what was fetched is kept for the next try.</summary>
    OutOfSpace,

    /// <summary>Bytes are not what their digest says.</summary>
    Corrupt,

    /// <summary>The image asks for what is not allowed.</summary>
    Refused,

    /// <summary>Who must have signed it did not, or what was signed is not what is there.</summary>
    Untrusted,

    /// <summary>A container or a running pull needs it.</summary>
    InUse,

    /// <summary>Another process has the store.</summary>
    Busy,
}

/// <summary>A failure with images: the step, the object, the cause and what to do next, in one message.</summary>
public sealed class ImageException : IOException
{
    /// <param name="problem">What kind of failure, for the caller's decisions.</param>
    /// <param name="message">For people.</param>
    /// <param name="inner">The cause beneath, if any.</param>
    public ImageException(ImageProblem problem, string message, Exception? inner = null)
        : base(message, inner) => Problem = problem;

    /// <summary>What kind of failure.</summary>
    public ImageProblem Problem { get; }

    /// <summary>What to do, as a sentence; null when the message says it.</summary>
    public string? Next { get; init; }

    /// <summary>True where <paramref name="e"/> or a cause beneath it is a full disk or quota.</summary>
    internal static bool IsOutOfSpace(Exception? e)
    {
        // The base library's file streams put the error number in HResult.
        for (; e is not null; e = e.InnerException)
        {
            if (e is LinuxException { IsOutOfSpace: true } || (e is IOException && e.HResult is (int)Errno.ENOSPC or (int)Errno.EDQUOT))
            {
                return true;
            }
        }

        return false;
    }
}
