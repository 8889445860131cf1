using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// The one line that a guest's kernel is told: console, addresses, and the command, in the words of what it is made with. The command is a
/// stranger's text for the stranger's own kernel; what must hold is that it stays one line without control characters, and one argument.
/// </summary>
internal static class GuestCommandLine
{
    /// <summary>COMMAND_LINE_SIZE of x86-64 less the NUL, asm/setup.h.</summary>
    internal const int Most = 2047;

    /// <summary>Writes it.</summary>
    /// <param name="kind">What the kernel is made with.</param>
    /// <param name="command">Words: from the request, else from the image.</param>
    /// <param name="network">What the guest must take on; null: nothing.</param>
    /// <param name="hostname">The pod's host name.</param>
    /// <param name="servers">Addresses of name servers.</param>
    /// <param name="hasInitrd">The program is in an initial RAM disk.</param>
    /// <param name="mountPoint">Where the guest mounts its disk; empty: it knows, or has none.</param>
    /// <param name="machine">Words that the machine needs for a Linux kernel.</param>
    /// <exception cref="SpecRefusedException">It gets too long, or a word cannot be told.</exception>
    internal static string Write(
        UnikernelKind kind, IReadOnlyList<string> command, GuestNetwork? network, string hostname, IReadOnlyList<string> servers, bool hasInitrd, string mountPoint, string machine)
    {
        var words = command.Select(Word).ToList();
        var line = string.Join(' ', kind switch
        {
            UnikernelKind.Linux => Linux(words, network, hostname, servers, hasInitrd, machine),
            UnikernelKind.Unikraft => Unikraft(words, network, servers, mountPoint),
            UnikernelKind.Mirage => Mirage(words, network),
            _ => Mewz(words, network),
        });
        return line.Length <= Most ? line : throw Refused($"the kernel's command line has {line.Length} characters, more than {Most}");
    }

    /// <summary>
    /// Kernel parameters come first: words of the command that have '=' in them, up to the first that has not. That one is the program when it is
    /// a path, and the rest is for it (kernel-parameters.rst: everything after "--" goes to init).
    /// </summary>
    private static IEnumerable<string> Linux(List<string> command, GuestNetwork? network, string hostname, IReadOnlyList<string> servers, bool hasInitrd, string machine)
    {
        List<string> words = ["console=ttyS0", "quiet", "panic=-1"];
        if (machine.Length > 0)
        {
            words.Add(machine);
        }

        if (network is not null)
        {
            words.AddRange(LinuxNetwork(network, hostname, servers));
        }

        var parameters = command.TakeWhile(static w => w.Contains('=', StringComparison.Ordinal)).ToList();
        words.AddRange(parameters);
        var rest = command.Skip(parameters.Count).ToList();
        if (rest is [['/', ..], ..])
        {
            words.Add((hasInitrd ? "rdinit=" : "init=") + rest[0]);
            rest.RemoveAt(0);
        }

        return rest.Count == 0 ? words : [.. words, "--", .. rest];
    }

    /// <summary>ip=CLIENT::GATEWAY:MASK:HOST:DEVICE:off:DNS0:DNS1 (nfsroot.rst); IPv6 is not part of it, so it is told beside, for programs that read /proc/cmdline.</summary>
    private static IEnumerable<string> LinuxNetwork(GuestNetwork network, string hostname, IReadOnlyList<string> servers)
    {
        var known = servers.Where(static s => Is(s, AddressFamily.InterNetwork)).Take(2).ToList();
        if (First(network, AddressFamily.InterNetwork) is var (address, bits))
        {
            var names = known.Count == 0 ? string.Empty : ":" + string.Join(':', known);
            yield return $"ip={address}::{Gateway(network, "0.0.0.0/0")}:{Mask(bits)}:{hostname}:eth0:off{names}";
        }

        if (First(network, AddressFamily.InterNetworkV6) is var (address6, bits6))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"skerry.ip6={address6}/{bits6}");
            if (Gateway(network, "::/0") is { Length: > 0 } gateway)
            {
                yield return $"skerry.gateway6={gateway}";
            }
        }
    }

    /// <summary>Library parameters first, then "--" and the program's own (unikraft.org, "Command line arguments"; netdev.ip of 0.16 and later).</summary>
    private static List<string> Unikraft(List<string> command, GuestNetwork? network, IReadOnlyList<string> servers, string mountPoint)
    {
        List<string> words = [];
        if (network is not null && First(network, AddressFamily.InterNetwork) is var (address, bits))
        {
            var name = servers.FirstOrDefault(static s => Is(s, AddressFamily.InterNetwork));
            words.Add(string.Create(CultureInfo.InvariantCulture, $"netdev.ip={address}/{bits}:{Gateway(network, "0.0.0.0/0")}{(name is null ? string.Empty : ":" + name)}"));
        }

        if (mountPoint.Length > 0)
        {
            words.Add($"vfs.fstab=[ \"initrd0:{mountPoint}:extract::ramfs=1:\" ]");
        }

        return [.. words, "--", .. command];
    }

    private static List<string> Mirage(List<string> command, GuestNetwork? network)
    {
        List<string> words = [];
        if (network is not null && First(network, AddressFamily.InterNetwork) is var (address, bits))
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"--ipv4={address}/{bits}"));
            if (Gateway(network, "0.0.0.0/0") is { Length: > 0 } gateway)
            {
                words.Add("--ipv4-gateway=" + gateway);
            }
        }

        return [.. words, .. command];
    }

    private static List<string> Mewz(List<string> command, GuestNetwork? network) =>
        network is not null && First(network, AddressFamily.InterNetwork) is var (address, bits)
            ? [string.Create(CultureInfo.InvariantCulture, $"ip={address}/{bits}"), $"gateway={Gateway(network, "0.0.0.0/0")}", .. command]
            : command;

    /// <summary>A word as the kernel takes it: in quotes when it has blanks (lib/cmdline.c, next_arg).</summary>
    private static string Word(string word)
    {
        if (word.Length == 0 || word.Any(static c => c is < ' ' or > '~') || word.Contains('"', StringComparison.Ordinal))
        {
            throw Refused("a word of the command is empty, or has characters that a kernel's command line cannot hold (only printable ASCII, no quotation mark)");
        }

        return word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word;
    }

    private static (IPAddress Address, int Bits)? First(GuestNetwork network, AddressFamily family)
    {
        foreach (var cidr in network.Addresses)
        {
            if (IPNetworkOf(cidr) is var (address, bits) && address.AddressFamily == family)
            {
                return (address, bits);
            }
        }

        return null;
    }

    private static (IPAddress Address, int Bits)? IPNetworkOf(string cidr)
    {
        var slash = cidr.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && IPAddress.TryParse(cidr.AsSpan(0, slash), out var address) && int.TryParse(cidr.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bits)
            ? (address, bits)
            : null;
    }

    private static string Gateway(GuestNetwork network, string destination) =>
        network.Routes.FirstOrDefault(r => r.Destination == destination && r.Gateway.Length > 0)?.Gateway ?? string.Empty;

    private static bool Is(string text, AddressFamily family) => IPAddress.TryParse(text, out var address) && address.AddressFamily == family;

    private static IPAddress Mask(int bits)
    {
        var mask = bits == 0 ? 0 : uint.MaxValue << (32 - bits);
        return new IPAddress([(byte)(mask >> 24), (byte)(mask >> 16), (byte)(mask >> 8), (byte)mask]);
    }

    private static SpecRefusedException Refused(string why) => new("args", why, "shorten or correct the command");
}
