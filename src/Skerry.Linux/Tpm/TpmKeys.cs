using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Skerry.Linux.Tpm;

/// <summary>The commands that signing with a key of a TPM needs: which there are, read a public half, sign a hash (TPM 2.0 Library Part 3).</summary>
public static class TpmKeys
{
    private const uint ReadPublicCode = 0x173; // TPM_CC_ReadPublic, Part 2, 6.5.2
    private const uint GetCapabilityCode = 0x17a; // TPM_CC_GetCapability
    private const uint Handles = 1; // TPM_CAP_HANDLES
    private const uint FirstPersistent = 0x81000000; // HR_PERSISTENT, Part 2, 7.5
    private const int MaxHandles = 64;
    private const uint SignCode = 0x15d; // TPM_CC_Sign
    private const ushort HashCheck = 0x8024; // TPM_ST_HASHCHECK
    private const uint NoHierarchy = 0x40000007; // TPM_RH_NULL
    private const ushort NoAlgorithm = 0x10; // TPM_ALG_NULL
    private const ushort Rsa = 0x1; // TPM_ALG_RSA
    private const ushort Curve = 0x23; // TPM_ALG_ECC
    private const int MaxComponent = 1024;

    /// <summary>Reads a public key.</summary>
    /// <exception cref="TpmException">There is none, or none that is understood.</exception>
    public static TpmPublicKey ReadPublic(TpmDevice device, uint handle)
    {
        ArgumentNullException.ThrowIfNull(device);
        const string Name = "TPM2_ReadPublic";
        var answer = device.Exchange(TpmCommand.Of(ReadPublicCode, handle).ToArray(), Name, $"0x{handle:x8}");
        var reader = new TpmReader(answer, TpmDevice.Header, Name);
        var area = reader.Sized();
        return Parse(new TpmReader(area, 0, Name));
    }

    /// <summary>The handles of objects that the TPM keeps, the first 64.</summary>
    /// <exception cref="TpmException">The TPM refused, or its answer is none.</exception>
    public static IReadOnlyList<uint> Persistent(TpmDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        const string Name = "TPM2_GetCapability";
        var answer = device.Exchange(TpmCommand.Of(GetCapabilityCode, Handles).UInt32(FirstPersistent).UInt32(MaxHandles).ToArray(), Name, "handles");
        var reader = new TpmReader(answer, TpmDevice.Header + 1, Name); // after whether there are more
        _ = reader.UInt32(); // the capability
        var count = reader.UInt32();
        if (count > MaxHandles)
        {
            throw reader.Unexpected($"with {count} handles, where at most {MaxHandles} were asked for");
        }

        var handles = new uint[count];
        for (var i = 0; i < handles.Length; i++)
        {
            handles[i] = reader.UInt32();
        }

        return handles;
    }

    /// <summary>Signs a hash.</summary>
    /// <param name="device">The TPM.</param>
    /// <param name="handle">The key.</param>
    /// <param name="authorization">Its authorization value; may be empty.</param>
    /// <param name="scheme">How.</param>
    /// <param name="hash">A hash of SHA-2.</param>
    /// <returns>r and s of ECDSA; the signature and nothing of RSA.</returns>
    /// <exception cref="TpmException">The TPM refused, or answered what is no signature of this kind.</exception>
    public static (byte[] First, byte[] Second) Sign(TpmDevice device, uint handle, ReadOnlySpan<byte> authorization, TpmScheme scheme, ReadOnlySpan<byte> hash)
    {
        ArgumentNullException.ThrowIfNull(device);
        const string Name = "TPM2_Sign";
        var algorithm = AlgorithmOf(hash.Length * 8);
        var command = TpmCommand.Authorized(SignCode, handle, authorization).Sized(hash)
            .UInt16((ushort)scheme).UInt16(algorithm)
            .UInt16(HashCheck).UInt32(NoHierarchy).UInt16(0).ToArray();
        byte[] answer;
        try
        {
            answer = device.Exchange(command, Name, $"0x{handle:x8}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(command);
        }

        var reader = new TpmReader(answer, TpmDevice.Header, Name);
        if (BinaryPrimitives.ReadUInt16BigEndian(answer) != 0x8002)
        {
            throw reader.Unexpected("without the session that the command had");
        }

        _ = reader.UInt32(); // the size of the parameters
        if (reader.UInt16() is var made && made != (ushort)scheme)
        {
            throw reader.Unexpected($"with a signature of algorithm 0x{made:x4}, where {scheme} was asked for");
        }

        if (reader.UInt16() is var over && over != algorithm)
        {
            throw reader.Unexpected($"with a signature over the hash 0x{over:x4}, where 0x{algorithm:x4} was asked for");
        }

        var first = reader.Sized();
        var second = scheme == TpmScheme.Ecdsa ? reader.Sized() : [];
        return first.Length is > 0 and <= MaxComponent && second.Length <= MaxComponent && second.Length > 0 == (scheme == TpmScheme.Ecdsa)
            ? (first, second)
            : throw reader.Unexpected($"with a signature of {first.Length} and {second.Length} bytes");
    }

    /// <summary>TPMT_PUBLIC (Part 2, 12.2.4).</summary>
    private static TpmPublicKey Parse(TpmReader reader)
    {
        var type = reader.UInt16();
        _ = reader.UInt16(); // the hash of its name
        var attributes = reader.UInt32();
        _ = reader.Sized(); // the policy
        if (type is not (Rsa or Curve))
        {
            throw reader.Unexpected($"with an object of type 0x{type:x4}; keys of RSA (0x0001) and of curves (0x0023) sign");
        }

        if (reader.UInt16() != NoAlgorithm)
        {
            _ = reader.UInt32(); // of a key that protects others: bits and mode of the symmetric algorithm
        }

        var (scheme, hash) = (reader.UInt16(), (ushort)0);
        switch (scheme)
        {
            case NoAlgorithm or 0x15: // TPM_ALG_RSAES has no hash
                break;
            case 0x1a: // TPM_ALG_ECDAA has a counter beside it
                hash = reader.UInt16();
                _ = reader.UInt16();
                break;
            default:
                hash = reader.UInt16();
                break;
        }

        if (type == Rsa)
        {
            var bits = reader.UInt16();
            var exponent = reader.UInt32();
            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, exponent == 0 ? 65537 : exponent); // Part 2, 12.2.3.5: zero is the default
            return new TpmPublicKey(true, bits, Component(ref reader), bytes, (TpmScheme)scheme, BitsOf(hash), attributes);
        }

        var curve = reader.UInt16();
        if (reader.UInt16() != NoAlgorithm)
        {
            _ = reader.UInt16(); // the hash of a key derivation
        }

        // TPM_ECC_NIST_P256, P384 and P521 (Part 2, 6.4)
        var size = curve switch
        {
            3 => 256,
            4 => 384,
            5 => 521,
            _ => throw reader.Unexpected($"with a key on the curve 0x{curve:x4}; P-256, P-384 and P-521 are taken"),
        };
        return new TpmPublicKey(false, size, Component(ref reader), Component(ref reader), (TpmScheme)scheme, BitsOf(hash), attributes);
    }

    private static byte[] Component(ref TpmReader reader) =>
        reader.Sized() is { Length: > 0 and <= MaxComponent } bytes ? bytes : throw reader.Unexpected("with a public key that is empty or absurdly long");

    private static ushort AlgorithmOf(int bits) => bits switch
    {
        256 => 0xb, // TPM_ALG_SHA256
        384 => 0xc,
        512 => 0xd,
        _ => throw new ArgumentOutOfRangeException(nameof(bits), bits, "not a hash of SHA-2"),
    };

    private static int BitsOf(ushort algorithm) => algorithm switch
    {
        0xb => 256,
        0xc => 384,
        0xd => 512,
        _ => 0,
    };
}
