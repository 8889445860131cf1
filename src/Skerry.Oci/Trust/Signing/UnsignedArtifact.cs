using Skerry.Oci.Trust.Keys;

namespace Skerry.Oci.Trust.Signing;

/// <summary>A signature that lacks only the signing, so that the key can be anywhere: what is to be signed and how, and what becomes of it then.</summary>
public sealed class UnsignedArtifact
{
    private readonly Func<ReadOnlyMemory<byte>, SignatureArtifact> _complete;

    internal UnsignedArtifact(PublicKey key, SignatureScheme scheme, ReadOnlyMemory<byte> message, Func<ReadOnlyMemory<byte>, SignatureArtifact> complete) =>
        (Key, Scheme, Message, _complete) = (key, scheme, message, complete);

    /// <summary>Whose signature it is to be.</summary>
    public PublicKey Key { get; }

    /// <summary>How it is to be signed.</summary>
    public SignatureScheme Scheme { get; }

    /// <summary>What is to be signed: the message, not its hash.</summary>
    public ReadOnlyMemory<byte> Message { get; }

    /// <summary>The artifact, with a signature that came from elsewhere.</summary>
    /// <exception cref="OciFormatException">The signature is not this key's over this message.</exception>
    public SignatureArtifact Complete(ReadOnlyMemory<byte> signature) => Key.Verify(Scheme, Message.Span, signature.Span)
        ? _complete(signature)
        : throw new OciFormatException("signature", null, $"what came back is no signature ({Scheme}) of the {Key} over the message; nothing was stored");

    /// <summary>The artifact, signed here.</summary>
    internal SignatureArtifact SignedBy(SigningKey key) => _complete(key.Sign(Scheme, Message.Span));
}
