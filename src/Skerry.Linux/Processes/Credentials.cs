using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>Who this process is (credentials(7)).</summary>
public static class Credentials
{
    /// <summary>The effective user id.</summary>
    public static uint EffectiveUser => Unistd.GetEuid();
}
