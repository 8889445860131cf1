namespace Skerry.Oci.Trust.Sigstore;

/// <summary>What was signed, and so how it names the artifact.</summary>
internal enum EvidenceKind
{
    /// <summary>A document that names the image (cosign's "simple signing").</summary>
    SimpleSigning,

    /// <summary>An in-toto statement in a DSSE envelope.</summary>
    Envelope,

    /// <summary>The artifact itself.</summary>
    Message,
}
