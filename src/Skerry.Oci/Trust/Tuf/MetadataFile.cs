using System.Globalization;
using System.Text;
using Skerry.Oci.Manifests;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Tuf;

/// <summary>A metadata file as it was read: what is signed, by which keys (TUF 1.0.33 §4.2). That the signatures are right is not checked yet.</summary>
internal sealed class MetadataFile
{
    private readonly Dictionary<string, byte[]> _signatures = new(StringComparer.Ordinal);

    private MetadataFile(string role, string type, ReadOnlyMemory<byte> bytes, JsonFields envelope)
    {
        (Role, Bytes, Signed) = (role, bytes, envelope.Object("signed"));
        if (Signed.Text("_type") != type)
        {
            throw Signed.Bad("_type", $"not {type}");
        }

        // §4.2: another major version may mean anything.
        if (!Signed.Text("spec_version").StartsWith("1.", StringComparison.Ordinal))
        {
            throw Signed.Bad("spec_version", "not of version 1");
        }

        Version = Signed.Number("version") is > 0 and <= int.MaxValue and var version ? (int)version : throw Signed.Bad("version", "not a version");
        Expires = Signed.Time("expires");
        Canonical = CanonicalJson.Encode(Signed.Element, hasControls: true);
        foreach (var signature in envelope.Objects("signatures", TrustLimits.MaxSignatures))
        {
            // §4.2.1: unique. One that is no hex is wrong, as any other that is wrong.
            if (!_signatures.TryAdd(signature.Text("keyid"), Hex(signature.Text("sig"))))
            {
                throw signature.Bad("keyid", "signed twice");
            }
        }
    }

    /// <summary>Whose it is.</summary>
    internal string Role { get; }

    /// <summary>As it was read; hashes are over it, and it is kept so.</summary>
    internal ReadOnlyMemory<byte> Bytes { get; }

    internal JsonFields Signed { get; }

    /// <summary>What the signatures are over.</summary>
    internal byte[] Canonical { get; }

    internal int Version { get; }

    internal DateTimeOffset Expires { get; }

    /// <param name="role">Whose it is.</param>
    /// <param name="type">What it must be: the role at the top, or <c>targets</c> for one that is delegated.</param>
    /// <param name="bytes">The file.</param>
    /// <param name="maxBytes">Most bytes of it.</param>
    /// <exception cref="TufException">It is not such a file.</exception>
    internal static MetadataFile Read(string role, string type, ReadOnlyMemory<byte> bytes, int maxBytes)
    {
        try
        {
            return new MetadataFile(role, type, bytes, StrictJson.Object(type, bytes, maxBytes));
        }
        catch (OciFormatException e)
        {
            throw new TufException($"{JsonGuard.Printable(role)}: {e.Message}", e);
        }
    }

    /// <summary>Has something read of what is signed; what is wrong there is told as of this file.</summary>
    internal T Read<T>(Func<JsonFields, T> read)
    {
        try
        {
            return read(Signed);
        }
        catch (OciFormatException e)
        {
            throw new TufException($"{JsonGuard.Printable(Role)}: {e.Message}", e);
        }
    }

    internal byte[]? SignatureOf(string keyId) => _signatures.GetValueOrDefault(keyId);

    /// <exception cref="TufException">It expired.</exception>
    internal void CheckFresh(DateTimeOffset now)
    {
        if (now >= Expires)
        {
            throw new TufException(string.Create(CultureInfo.InvariantCulture, $"{Role}, version {Version}: expired at {Rfc3339.Text(Expires)}: the repository, or who stands before it, holds newer ones back"));
        }
    }

    private static byte[] Hex(string text)
    {
        var bytes = new byte[Math.Min(text.Length / 2, TrustLimits.MaxSignature)];
        return Convert.FromHexString(text.AsSpan(0, Math.Min(text.Length, bytes.Length * 2)), bytes, out _, out _) == System.Buffers.OperationStatus.Done ? bytes : [];
    }
}
