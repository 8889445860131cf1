using Skerry.Node.Images.Trust;

namespace Skerry.Node.Images.Pulling;

/// <summary>What is known of who signed an image that is taken in.</summary>
/// <param name="Signatures">What it was found signed with, stored and protected.</param>
/// <param name="Verdict">What was verified; null where nothing was.</param>
internal sealed record IntakeEvidence(IReadOnlyList<ImageSignatureWire> Signatures, ImageVerdictWire? Verdict);
