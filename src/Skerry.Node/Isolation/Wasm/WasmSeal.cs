using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Skerry.Node.Isolation.Wasm;

/// <summary>
/// What the node knows of code that a jail compiled: for which module and settings, and what its bytes are. Authenticated with a key that
/// only root can read, because code is executed as it is: who could write a file here without that key plants nothing.
/// </summary>
/// <param name="Name">Of the entry: module, settings, compiler and processor, hashed.</param>
/// <param name="Code">SHA-256 of the code, hexadecimal.</param>
/// <param name="Size">Bytes of the code.</param>
internal sealed record WasmSeal(string Name, string Code, long Size)
{
    /// <summary>More than this no seal is long.</summary>
    internal const int MaxBytes = 1024;

    private const string Version = "skerry-wasm-seal-1";

    /// <summary>The seal as it is kept.</summary>
    internal byte[] Write(ReadOnlySpan<byte> key)
    {
        var body = Body();
        return Encoding.ASCII.GetBytes($"{body}{Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(body)))}\n");
    }

    /// <summary>Reads a seal; null: it is not this node's, or not for that entry.</summary>
    internal static WasmSeal? Read(ReadOnlySpan<byte> bytes, string name, ReadOnlySpan<byte> key)
    {
        if (bytes.Length > MaxBytes || !Ascii.IsValid(bytes))
        {
            return null;
        }

        var lines = Encoding.ASCII.GetString(bytes).Split('\n');
        if (lines is not [Version, var entry, var code, var size, var mac, ""] || entry != name || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            return null;
        }

        var seal = new WasmSeal(name, code, length);
        return CryptographicOperations.FixedTimeEquals(seal.Write(key), bytes) && mac.Length == 64 ? seal : null;
    }

    private string Body() => string.Create(CultureInfo.InvariantCulture, $"{Version}\n{Name}\n{Code}\n{Size}\n");
}
