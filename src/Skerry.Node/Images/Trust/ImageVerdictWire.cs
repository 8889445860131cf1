namespace Skerry.Node.Images.Trust;

/// <summary>What was found when an image was verified last under a name, in the image's record. It is told, and gives grace; it never decides alone.</summary>
/// <param name="Name">The name that was asked for; empty for none.</param>
/// <param name="Policy">The policy.</param>
/// <param name="At">When, by the node's verdict time.</param>
/// <param name="Signed">The digests that were signed.</param>
/// <param name="By">Who signed.</param>
/// <param name="GoodUntil">Until when the evidence is good; null: it does not end by itself.</param>
internal sealed record ImageVerdictWire(string Name, string Policy, DateTimeOffset At, IReadOnlyList<string> Signed, IReadOnlyList<string> By, DateTimeOffset? GoodUntil);
