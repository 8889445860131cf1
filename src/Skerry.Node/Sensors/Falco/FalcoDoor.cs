using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Skerry.Guard.Alerts;
using Skerry.Node.Configuration;
using Skerry.Node.Doors;

namespace Skerry.Node.Sensors.Falco;

/// <summary>
/// Takes what a Falco on this machine posts by its <c>http_output</c>, one alert a connection. The path is the secret: with another nothing is read, and
/// only `skerry guard status` tells how many such requests there were.
/// </summary>
internal sealed class FalcoDoor : IDisposable
{
    private readonly LoopbackDoor _door;
    private readonly string _path;
    private readonly Action<FalcoAlert> _take;
    private long _refused;

    /// <param name="address">Where to listen.</param>
    /// <param name="take">Takes an alert; returns at once. Several threads call it.</param>
    /// <exception cref="ConfigurationException">The address cannot be listened on.</exception>
    internal FalcoDoor(FalcoAddress address, Action<FalcoAlert> take)
    {
        (_path, _take) = (address.Path, take);
        _door = LoopbackDoor.Open("guard.falco", address.Point, Answer, () => Interlocked.Increment(ref _refused));
        _door.Serve();
    }

    /// <summary>Requests that were no alert.</summary>
    internal long Refused => Interlocked.Read(ref _refused);

    /// <inheritdoc/>
    public void Dispose() => _door.Dispose();

    private async Task Answer(NetworkStream stream, CancellationToken cancel)
    {
        var (body, status, why) = await FalcoRequest.Read(stream, _path, cancel).ConfigureAwait(false);
        try
        {
            if (body is not null)
            {
                _take(FalcoAlert.Parse(body));
            }
        }
        catch (FormatException error)
        {
            (status, why) = ("400 Bad Request", error.Message);
        }

        if (why.Length > 0)
        {
            Interlocked.Increment(ref _refused);
            why += "\n";
        }

        var text = Encoding.UTF8.GetBytes(why);
        var head = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n");
        await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. text], cancel).ConfigureAwait(false);
    }
}
