using Skerry.Contracts.Node.V1;
using Skerry.Linux.Tpm;

namespace Skerry.Cli.Keys;

/// <summary>A key that a TPM keeps.</summary>
internal sealed class TpmKey : IHeldKey
{
    private readonly TpmUri _uri;
    private readonly TpmDevice _device;
    private readonly TpmPublicKey _public;
    private readonly KeySecrets _secrets;

    private TpmKey(TpmUri uri, TpmDevice device, TpmPublicKey publicKey, KeySecrets secrets) => (_uri, _device, _public, _secrets) = (uri, device, publicKey, secrets);

    /// <inheritdoc/>
    public byte[] PublicKey => _public.IsRsa
        ? KeyEncoding.Rsa(_public.First.Span, _public.Second.Span)
        : KeyEncoding.Curve(
            _public.Bits switch { 256 => KeyEncoding.P256, 384 => KeyEncoding.P384, _ => KeyEncoding.P521 },
            [4, .. Padded(_public.First.Span), .. Padded(_public.Second.Span)]);

    private int CurveBytes => (_public.Bits + 7) / 8;

    internal static TpmKey Open(TpmUri uri, KeySecrets secrets)
    {
        var device = TpmDevice.Open(uri.Device);
        try
        {
            var key = Read(uri, device);
            if (!key.Signs || key.IsRestricted)
            {
                throw new CliFailure(
                    $"{uri.Shown}: the key 0x{uri.Handle:x8} {(key.IsRestricted ? "is restricted: it signs only what the TPM itself made, such as quotes" : "is not for signing")}",
                    "make one for signing: tpm2_create with -a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign'");
            }

            return key.TakesAuthorization ? new TpmKey(uri, device, key, secrets) : throw new CliFailure(
                $"{uri.Shown}: the key 0x{uri.Handle:x8} is used by a policy alone; here keys are used by their authorization value", "make one with the attribute userwithauth");
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public byte[] Sign(SignatureDemand demand)
    {
        var scheme = (_public.IsRsa, demand.Form) switch
        {
            (false, SignatureDemand.Types.Form.EcdsaDer or SignatureDemand.Types.Form.EcdsaRaw) => TpmScheme.Ecdsa,
            (true, SignatureDemand.Types.Form.RsaPkcs1) => TpmScheme.RsaPkcs1,
            (true, SignatureDemand.Types.Form.RsaPss) => TpmScheme.RsaPss,
            _ => throw new CliFailure($"the node wants a signature of the form {demand.Form}, which this key does not make"),
        };
        if (_public.Scheme != TpmScheme.Any && (_public.Scheme != scheme || _public.HashBits != demand.HashBits))
        {
            throw new CliFailure(
                $"{_uri.Shown}: the key 0x{_uri.Handle:x8} signs by {_public.Scheme} with {(_public.HashBits == 0 ? "a hash that is not taken" : $"SHA-{_public.HashBits}")} alone, and {scheme} with SHA-{demand.HashBits} is needed",
                $"make one without a scheme (tpm2_create -G {(_public.IsRsa ? $"rsa{_public.Bits}" : $"ecc{_public.Bits}")}), or sign in the other --format");
        }

        try
        {
            var (first, second) = TpmKeys.Sign(_device, _uri.Handle, System.Text.Encoding.UTF8.GetBytes(_secrets.Authorization(_uri)), scheme, KeyEncoding.Hash(demand));
            return scheme == TpmScheme.Ecdsa ? KeyEncoding.Ecdsa(demand.Form, first, second, CurveBytes) : first;
        }
        catch (TpmException e)
        {
            throw HeldKeys.Told(e);
        }
    }

    public void Dispose() => _device.Dispose();

    private static TpmPublicKey Read(TpmUri uri, TpmDevice device)
    {
        try
        {
            return TpmKeys.ReadPublic(device, uri.Handle);
        }
        catch (TpmException e) when (e.IsNoSuchHandle)
        {
            var there = TpmKeys.Persistent(device);
            throw new CliFailure(
                $"{uri.Shown}: the TPM at {uri.Device} has no key 0x{uri.Handle:x8}; it keeps {(there.Count == 0 ? "none" : string.Join(", ", there.Select(static h => $"0x{h:x8}")))}",
                "tpm2_evictcontrol keeps a key; docs/trust.md has the steps",
                cause: e);
        }
    }

    private byte[] Padded(ReadOnlySpan<byte> coordinate)
    {
        if (coordinate.Length > CurveBytes)
        {
            throw new CliFailure($"{_uri.Shown}: the TPM gives a coordinate of {coordinate.Length} bytes for a curve of {_public.Bits} bits");
        }

        var padded = new byte[CurveBytes];
        coordinate.CopyTo(padded.AsSpan(CurveBytes - coordinate.Length));
        return padded;
    }
}
