using System.Net;

namespace Skerry.Node.Configuration;

/// <summary>Where Falco posts its alerts: an address of this machine, and a path that only who may post knows.</summary>
/// <param name="Point">The address.</param>
/// <param name="Path">With its slash.</param>
internal sealed record FalcoAddress(IPEndPoint Point, string Path)
{
    /// <summary>Characters of a path at least: whoever can post can have containers killed.</summary>
    internal const int LeastSecret = 16;

    /// <summary>Reads http://127.0.0.1:2802/SECRET; null where it is none.</summary>
    internal static FalcoAddress? Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "http", Query: "", Fragment: "", UserInfo: "" } && IPAddress.TryParse(uri.Host.Trim('[', ']'), out var host)
            && IPAddress.IsLoopback(host) && uri.AbsolutePath.Length > LeastSecret
            ? new FalcoAddress(new IPEndPoint(host, uri.Port), uri.AbsolutePath)
            : null;
}
