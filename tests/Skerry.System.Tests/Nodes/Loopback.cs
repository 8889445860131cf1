using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Skerry.System.Tests.Nodes;

/// <summary>Ports of this machine's loopback, and who answers there.</summary>
internal static class Loopback
{
    /// <summary>A port that nobody has at the moment.</summary>
    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Asks until somebody answers by HTTP.</summary>
    internal static async Task<string> Get(int port, int seconds = 30)
    {
        using var client = new HttpClient();
        var answer = string.Empty;
        await Running.Until(
            async () =>
            {
                try
                {
                    answer = await client.GetStringAsync(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            () => "nobody answers at the published port",
            seconds);
        return answer;
    }
}
