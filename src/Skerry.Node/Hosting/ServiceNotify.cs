using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Skerry.Node.Hosting;

/// <summary>Tells the service manager how it goes (sd_notify(3)): ready, stopping, and a watchdog's beat at half its interval.</summary>
internal sealed class ServiceNotify : IDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _manager;
    private readonly ITimer? _beat;

    /// <param name="clock">Time of the watchdog.</param>
    /// <param name="isHealthy">Asked before each beat: a daemon that hangs must not beat.</param>
    internal ServiceNotify(TimeProvider clock, Func<bool> isHealthy)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 0 } address)
        {
            return;
        }

        _manager = new UnixDomainSocketEndPoint(address[0] == '@' ? '\0' + address[1..] : address);
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        if (long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0)
        {
            var half = TimeSpan.FromMicroseconds(microseconds / 2.0);
            _beat = clock.CreateTimer(
                _ =>
                {
                    if (isHealthy())
                    {
                        Send("WATCHDOG=1");
                    }
                },
                null,
                half,
                half);
        }
    }

    /// <summary>The daemon serves.</summary>
    internal void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary>The daemon stops.</summary>
    internal void Stopping() => Send("STOPPING=1");

    public void Dispose()
    {
        _beat?.Dispose();
        _socket?.Dispose();
    }

    private void Send(string message)
    {
        try
        {
            _socket?.SendTo(Encoding.UTF8.GetBytes(message), _manager!);
        }
        catch (SocketException)
        {
            // The manager is not listening; it finds out about the daemon by other means.
        }
    }
}
