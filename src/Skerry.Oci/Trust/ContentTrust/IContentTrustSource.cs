namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>The seam between content trust and where its metadata comes from: a mirror directory, a trust server, memory.</summary>
public interface IContentTrustSource
{
    /// <summary>Reads one file of one image's metadata, to memory.</summary>
    /// <param name="name">Without <c>.json</c>: <c>root</c>, <c>3.root</c>, <c>timestamp</c>, <c>snapshot.HEX</c>, <c>targets/releases</c> …; never leads out of its place.</param>
    /// <param name="maxBytes">Most bytes that are wanted; a source stops there and gives at most one more, so that the excess is seen.</param>
    /// <returns>The bytes; null when there is no such file.</returns>
    ReadOnlyMemory<byte>? Read(string name, int maxBytes);
}
