namespace Skerry.Node.Images.Trust;

/// <summary>Puts together what an image's record says of signatures and verdicts.</summary>
internal static class ImageEvidence
{
    /// <summary>Most names whose last verdict is kept.</summary>
    private const int MostVerdicts = 16;

    /// <summary>The newer first, each manifest once, no more than are kept.</summary>
    internal static IReadOnlyList<ImageSignatureWire>? Merge(IReadOnlyList<ImageSignatureWire>? newer, IReadOnlyList<ImageSignatureWire>? older)
    {
        List<ImageSignatureWire> all = [.. (newer ?? []).Concat(older ?? []).DistinctBy(static s => s.Manifest).Take(StoredSignatures.Most)];
        return all.Count == 0 ? null : all;
    }

    /// <summary>The last verdict of each name and policy, the newest first.</summary>
    internal static IReadOnlyList<ImageVerdictWire> With(ImageVerdictWire verdict, IReadOnlyList<ImageVerdictWire>? older) =>
        [.. (older ?? []).Prepend(verdict).DistinctBy(static v => (v.Name, v.Policy)).Take(MostVerdicts)];
}
