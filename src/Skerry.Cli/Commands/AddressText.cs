using System.Net;
using System.Net.Sockets;

namespace Skerry.Cli.Commands;

/// <summary>IP addresses as everybody reads them: not <c>1.2.3</c>, which the base library takes for 1.2.0.3.</summary>
internal static class AddressText
{
    internal static bool IsAddress(string text) =>
        IPAddress.TryParse(text, out var address)
        && (address.AddressFamily == AddressFamily.InterNetworkV6 ? !text.Contains('[', StringComparison.Ordinal) : address.ToString() == text);
}
