using System.Runtime.InteropServices;

namespace Skerry.Linux;

/// <summary>
/// A system call that failed: which call, on what, and the kernel's answer. Made only by <see cref="Of"/> and
/// <see cref="Last"/>, so that every message has one form: <c>mount /run/skerry/x: EPERM (Operation not permitted)</c>.
/// </summary>
public sealed class LinuxException : IOException
{
    private LinuxException(string call, string subject, Errno error, string text)
        : base(text)
    {
        Call = call;
        Subject = subject;
        Error = error;
    }

    /// <summary>The system call, as the manual pages name it.</summary>
    public string Call { get; }

    /// <summary>What it was called on: a path, a process id, a name.</summary>
    public string Subject { get; }

    /// <summary>The kernel's answer.</summary>
    public Errno Error { get; }

    /// <summary>True where the cause is a full disk or quota.</summary>
    public bool IsOutOfSpace => Error is Errno.ENOSPC or Errno.EDQUOT;

    /// <summary>The exception for a call that just returned -1 on this thread.</summary>
    public static LinuxException Last(string call, string subject) =>
        Of(call, subject, (Errno)Marshal.GetLastPInvokeError());

    /// <summary>The exception for a known error number.</summary>
    public static LinuxException Of(string call, string subject, Errno error) =>
        new(call, subject, error, $"{call} {subject}: {(Enum.IsDefined(error) ? error.ToString() : ((int)error).ToString(System.Globalization.CultureInfo.InvariantCulture))} ({Marshal.GetPInvokeErrorMessage((int)error)})");

    /// <summary>Throws for the last error of this thread when <paramref name="result"/> is negative; else returns it.</summary>
    /// <exception cref="LinuxException"><paramref name="result"/> is negative.</exception>
    public static int ThrowIfFailed(int result, string call, string subject) =>
        result >= 0 ? result : throw Last(call, subject);

    /// <inheritdoc cref="ThrowIfFailed(int, string, string)"/>
    public static long ThrowIfFailed(long result, string call, string subject) =>
        result >= 0 ? result : throw Last(call, subject);
}
