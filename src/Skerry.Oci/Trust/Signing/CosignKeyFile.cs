using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Signing;

/// <summary>Opens cosign's encrypted key files (secure-systems-lab/go-securesystemslib, encrypted): scrypt, then NaCl's secretbox over PKCS #8.</summary>
internal static class CosignKeyFile
{
    private const string Format = "cosign key file";
    private const int KeyLength = 32;
    private const int NonceLength = 24;
    private const int MacLength = 16;
    private const int MaxCiphertext = 16 * 1024;

    /// <summary>scrypt takes 128 · N · r bytes: at most 256 MiB.</summary>
    private const long MaxWork = 1 << 21;

    /// <summary>The PKCS #8 in it; the caller wipes it.</summary>
    /// <exception cref="OciFormatException">It is of another form, or the password is wrong.</exception>
    public static byte[] Open(ReadOnlyMemory<byte> json, string password)
    {
        var file = StrictJson.Object(Format, json);
        var (kdf, cipher) = (file.Object("kdf"), file.Object("cipher"));
        var work = kdf.Object("params");
        if (kdf.Text("name") != "scrypt" || cipher.Text("name") != "nacl/secretbox")
        {
            throw file.Bad("kdf", "not scrypt and nacl/secretbox");
        }

        var (n, r, p) = (work.Number("N"), work.Number("r"), work.Number("p"));
        // RFC 7914 section 2: N is below 2^(128 * r / 8), which r = 1 alone brings within reach.
        if (n is < 2 or > int.MaxValue || (n & (n - 1)) != 0 || r is < 1 or > 64 || p is < 1 or > 16 || n * r > MaxWork || (r == 1 && n >= 1 << 16))
        {
            throw work.Bad("N", "work factors that are not taken");
        }

        var (salt, nonce, box) = (kdf.Bytes("salt"), cipher.Bytes("nonce"), file.Bytes("ciphertext", MaxCiphertext));
        if (nonce.Length != NonceLength || box.Length <= MacLength || salt.Length == 0)
        {
            throw file.Bad("cipher", "a nonce or a ciphertext of the wrong length");
        }

        var key = SCrypt.Generate(Encoding.UTF8.GetBytes(password), salt, (int)n, (int)r, (int)p, KeyLength);
        try
        {
            return OpenBox(key, nonce, box) ?? throw new OciFormatException(Format, null, "the password is wrong, or the file was changed");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>crypto_secretbox_open: 16 bytes of Poly1305 before the ciphertext; the first 32 bytes of the key stream are its key.</summary>
    private static byte[]? OpenBox(byte[] key, byte[] nonce, byte[] box)
    {
        var stream = new XSalsa20Engine();
        stream.Init(forEncryption: false, new ParametersWithIV(new KeyParameter(key), nonce));
        var macKey = new byte[KeyLength];
        stream.ProcessBytes(macKey, 0, macKey.Length, macKey, 0);
        var mac = new Poly1305();
        mac.Init(new KeyParameter(macKey));
        mac.BlockUpdate(box, MacLength, box.Length - MacLength);
        var tag = new byte[MacLength];
        mac.DoFinal(tag, 0);
        if (!CryptographicOperations.FixedTimeEquals(tag, box.AsSpan(0, MacLength)))
        {
            return null;
        }

        var plain = new byte[box.Length - MacLength];
        stream.ProcessBytes(box, MacLength, plain.Length, plain, 0);
        return plain;
    }
}
