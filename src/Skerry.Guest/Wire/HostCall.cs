using Skerry.Contracts.Vmm;
using Skerry.Guest.Boot;
using Skerry.Guest.Loop;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Network;

namespace Skerry.Guest.Wire;

/// <summary>How the agent reaches its host: the virtio port of a name, or a port of the host's by vsock. It is the one that calls, and listens nowhere.</summary>
internal static class HostCall
{
    private const string Ports = "/sys/class/virtio-ports";
    private const int ProbeMilliseconds = 10_000;

    /// <summary>The first call; what it needs appears some time after its driver was loaded.</summary>
    /// <exception cref="LinuxException">It does not.</exception>
    public static FileDescriptor Open(EventLoop loop, string name)
    {
        var error = Errno.ENODEV;
        var deadline = Environment.TickCount64 + ProbeMilliseconds;
        while (Environment.TickCount64 < deadline)
        {
            if (BootWords.HasVsock)
            {
                (var stream, error) = Vsock.TryCallHost(VmDocument.AgentPort);
                if (stream is not null)
                {
                    return stream;
                }
            }
            else if (Find(name) is { } port)
            {
                return FileCalls.Open(null, port, OpenFlags.ReadWrite | OpenFlags.NonBlock);
            }

            loop.Pause(1);
        }

        throw BootWords.HasVsock ? LinuxException.Of("connect", $"port {VmDocument.AgentPort} of the host by vsock", error) : LinuxException.Of("open", $"the virtio-serial port named {name}", error);
    }

    /// <summary>Calls again where a call is over for good; null: nobody answers yet, or this machine has a port, which stays open.</summary>
    public static FileDescriptor? Again() => BootWords.HasVsock ? Vsock.TryCallHost(VmDocument.AgentPort).Stream : null;

    private static string? Find(string name)
    {
        if (Directory.Exists(Ports))
        {
            foreach (var port in Directory.EnumerateDirectories(Ports))
            {
                if (File.Exists(port + "/name") && File.ReadAllText(port + "/name").TrimEnd() == name)
                {
                    return "/dev/" + Path.GetFileName(port);
                }
            }
        }

        return null;
    }
}
