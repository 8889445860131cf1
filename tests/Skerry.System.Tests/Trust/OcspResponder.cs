using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Trust;

/// <summary>openssl as the OCSP responder of a key's authority, and as those who are not.</summary>
internal sealed class OcspResponder(TestKey key) : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("skerry-test-ocsp-");

    /// <summary>What it says of the key's certificate, for a day.</summary>
    /// <param name="revoked">That it was revoked.</param>
    /// <param name="serial">About another serial number.</param>
    /// <param name="by">Signed by the authority ("root"), by a certificate that it made for OCSP ("delegate") or by one that it did not make for that ("leaf").</param>
    /// <param name="signedBy">Signed by the authority of another.</param>
    internal async Task<byte[]> Answer(bool revoked = false, string? serial = null, string by = "root", OcspResponder? signedBy = null)
    {
        var number = serial ?? key.Serial;
        var (state, since) = revoked ? ("R", "250101000000Z") : ("V", "");
        await File.WriteAllTextAsync(At("index.txt"), $"{state}\t401231235959Z\t{since}\t{number}\tunknown\t/CN=signer\n");
        var (certificate, secret) = signedBy is not null ? (signedBy.Root, signedBy.RootKey) : by == "root" ? (Root, RootKey) : (At(by + ".pem"), At(by + ".key"));
        if (!File.Exists(certificate))
        {
            await File.WriteAllTextAsync(At(by + ".ext"), by == "delegate" ? "extendedKeyUsage=OCSPSigning\nkeyUsage=digitalSignature\n" : "keyUsage=digitalSignature\n");
            _ = (await Running.Shell($"""
                cd '{_home.FullName}' && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {by}.key -out {by}.csr -subj /CN={by} 2>/dev/null &&
                openssl x509 -req -in {by}.csr -CA '{Root}' -CAkey '{RootKey}' -set_serial 77 -days 2 -extfile {by}.ext -out {by}.pem 2>/dev/null
                """)).Ok;
        }

        _ = (await Running.Shell($"cd '{_home.FullName}' && openssl ocsp -index index.txt -CA '{Root}' -issuer '{Root}' -serial 0x{number} -rsigner '{certificate}' -rkey '{secret}' -ndays 1 -noverify -respout answer.ocsp{(by == "root" ? " -resp_no_certs" : "")}")).Ok;
        return await File.ReadAllBytesAsync(At("answer.ocsp"));
    }

    /// <summary>An answer as the authority gave it a year ago: its times, and signed again.</summary>
    internal byte[] Aged(byte[] answer)
    {
        var outer = new AsnReader(answer, AsnEncodingRules.DER).ReadSequence();
        _ = outer.ReadEnumeratedBytes();
        var response = outer.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence();
        var kind = response.ReadObjectIdentifier();
        var basic = new AsnReader(response.ReadOctetString(), AsnEncodingRules.DER).ReadSequence();
        var data = basic.ReadEncodedValue().ToArray();
        var algorithm = basic.ReadEncodedValue();
        var text = Encoding.Latin1.GetString(data);
        foreach (var year in (int[])[TimeProvider.System.GetUtcNow().Year, TimeProvider.System.GetUtcNow().Year + 1])
        {
            // GeneralizedTime: its tag, its length of 15, the year.
            text = text.Replace($"\x18\x0f{year}", $"\x18\x0f{(year - 2).ToString(CultureInfo.InvariantCulture)}", StringComparison.Ordinal);
        }

        data = Encoding.Latin1.GetBytes(text);
        using var root = ECDsa.Create();
        root.ImportFromPem(File.ReadAllText(RootKey));
        var inner = new AsnWriter(AsnEncodingRules.DER);
        using (inner.PushSequence())
        {
            inner.WriteEncodedValue(data);
            inner.WriteEncodedValue(algorithm.Span);
            inner.WriteBitString(root.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }

        var aged = new AsnWriter(AsnEncodingRules.DER);
        using (aged.PushSequence())
        {
            aged.WriteEncodedValue([0x0a, 1, 0]); // successful
            using (aged.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            using (aged.PushSequence())
            {
                aged.WriteObjectIdentifier(kind);
                aged.WriteOctetString(inner.Encode());
            }
        }

        return aged.Encode();
    }

    public void Dispose() => _home.Delete(recursive: true);

    private string Root => key.Root;

    private string RootKey => key.RootKey;

    private string At(string name) => Path.Combine(_home.FullName, name);
}
