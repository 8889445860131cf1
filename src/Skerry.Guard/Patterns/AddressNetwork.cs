using System.Globalization;
using Skerry.Guard.Events;

namespace Skerry.Guard.Patterns;

/// <summary>A network in CIDR form, or one address.</summary>
/// <param name="Address">An address in it.</param>
/// <param name="PrefixLength">Leading bits that all its addresses share.</param>
internal readonly record struct AddressNetwork(NetworkAddress Address, int PrefixLength)
{
    private UInt128 HostBits => PrefixLength == 0 && Address.Width == 128 ? UInt128.MaxValue : (UInt128.One << (Address.Width - PrefixLength)) - 1;

    public UInt128 First => Address.Bits & ~HostBits;

    public UInt128 Last => Address.Bits | HostBits;

    public static AddressNetwork Of(NetworkAddress address) => new(address, address.Width);

    /// <summary>Reads "10.0.0.0/8". All of IPv6, as "::/0", is no network, as in Falco.</summary>
    public static bool TryParse(string text, out AddressNetwork network)
    {
        network = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !NetworkAddress.TryParse(text[..slash], out var address)
            || !byte.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > address.Width
            || (length == 0 && address.IsV6))
        {
            return false;
        }

        network = new AddressNetwork(address, length);
        return true;
    }
}
