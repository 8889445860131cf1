namespace Skerry.Node.Images.Trust;

/// <summary>What is to be signed, how and with what.</summary>
internal sealed record SigningOrder
{
    /// <summary>The image: a reference.</summary>
    public required string Image { get; init; }

    /// <summary>As Notation does; else as cosign.</summary>
    public bool IsNotation { get; init; }

    /// <summary>The chain for Notation, PEM; may be empty for cosign.</summary>
    public required string Certificates { get; init; }

    /// <summary>Signed with it.</summary>
    public required IReadOnlyDictionary<string, string> Annotations { get; init; }

    /// <summary>As a referrer where cosign would use its tag.</summary>
    public bool AsReferrer { get; init; }

    /// <summary>Kept with the image on this node, and sent nowhere.</summary>
    public bool IsLocal { get; init; }

    /// <summary>How long Notation's signature is good; null: without an end.</summary>
    public TimeSpan? Lifetime { get; init; }
}
