using Skerry.Contracts.Ttrpc;
using Skerry.Linux;

namespace Skerry.Guest.Spec;

/// <summary>Sysctls of the network, which the containers of a machine share: net.ipv4.x is /proc/sys/net/ipv4/x.</summary>
internal static class NetworkSysctl
{
    /// <exception cref="GuestException">The name is none.</exception>
    /// <exception cref="LinuxException">The kernel refused the value.</exception>
    public static void Set(string key, string value)
    {
        if (!key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') || key.Contains("..", StringComparison.Ordinal))
        {
            throw new GuestException(TtrpcStatusCode.InvalidArgument, $"\"{key}\" is no sysctl");
        }

        ProcFile.Write("/proc/sys/" + key.Replace('.', '/'), value);
    }
}
