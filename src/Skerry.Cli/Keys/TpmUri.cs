using System.Globalization;

namespace Skerry.Cli.Keys;

/// <summary>A key that a TPM 2.0 keeps: <c>tpm2:0x81000001</c>, or <c>tpm2:/dev/tpmrm0?handle=0x81000001&amp;auth-source=file:/A</c>.</summary>
internal sealed record TpmUri(string Shown, string Device, uint Handle, string? AuthorizationSource)
{
    internal const string Scheme = "tpm2:";

    /// <summary>The kernel's resource manager, which lets several programs use one TPM.</summary>
    private const string DefaultDevice = "/dev/tpmrm0";

    /// <exception cref="FormatException">It is malformed.</exception>
    internal static TpmUri Parse(string text)
    {
        var uri = KeyUri.Parse(text, Scheme, "handle", "auth-source");
        var isPath = uri.Path.StartsWith('/');
        if (isPath == uri.Query("handle") is null)
        {
            throw new FormatException($"{uri.Shown}: {(isPath ? "the handle of the key is missing" : "the handle stands there twice, or the path is not absolute")}; tpm2:0x81000001 or tpm2:/dev/tpmrm0?handle=0x81000001");
        }

        return new TpmUri(uri.Shown, isPath ? KeyUri.Text(uri.Path, uri.Shown) : DefaultDevice, HandleOf(uri.Query("handle") ?? uri.Path, uri.Shown), uri.Query("auth-source"));
    }

    /// <summary>TPM 2.0 Library Part 2, 7.2: handles of objects begin with 0x80 (loaded) or 0x81 (kept).</summary>
    private static uint HandleOf(string text, string shown) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var handle) && handle >> 24 is 0x80 or 0x81
            ? handle
            : throw new FormatException($"{shown}: '{text}' is no handle of a key; they are 0x81000000 to 0x81ffffff (kept by the TPM) and 0x80000000 to 0x80ffffff (loaded)");
}
