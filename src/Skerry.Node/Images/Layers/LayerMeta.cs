using System.Text.Json.Serialization;
using Skerry.Oci;

namespace Skerry.Node.Images.Layers;

/// <summary>What a layer's <c>meta.json</c> holds.</summary>
/// <param name="Version">1.</param>
/// <param name="DiffId">Digest of the tar.</param>
/// <param name="On">For a layer that took attributes of directories from the layers beneath it: which those were; else null.</param>
/// <param name="TarBytes">Length of the tar.</param>
/// <param name="Bytes">Content of all files.</param>
/// <param name="DiskBytes">About what it takes on disk.</param>
/// <param name="Entries">Names in it.</param>
/// <param name="HidesAllBelow">True where no layer beneath may shine through.</param>
/// <param name="Inventory">SHA-256 of <c>inventory</c> in hex.</param>
/// <param name="Notes">What was left out.</param>
internal sealed record LayerMeta(
    int Version,
    string DiffId,
    string? On,
    long TarBytes,
    long Bytes,
    long DiskBytes,
    long Entries,
    bool HidesAllBelow,
    string Inventory,
    IReadOnlyList<string> Notes,
    DateTimeOffset UnpackedAt);

/// <summary>Source-generated JSON of a layer.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LayerMeta))]
internal sealed partial class LayerJson : JsonSerializerContext;

/// <summary>Names of layers in the store and of what lies beneath them.</summary>
internal static class LayerNames
{
    /// <summary>The name of a layer that is the same on whatever it lies.</summary>
    public static string Of(Digest diffId) => $"{diffId.Algorithm}-{diffId.Hex}";

    /// <summary>The name of a layer that took attributes of directories from what it lies on.</summary>
    public static string Of(Digest diffId, string on) => $"{Of(diffId)}-on-{on}";

    /// <summary>The layers up to and with <paramref name="diffIds"/>, as one value: the chain id (image-spec config.md) in hex, or <c>base</c> for none.</summary>
    public static string ChainOf(IEnumerable<Digest> diffIds)
    {
        string? chain = null;
        foreach (var id in diffIds)
        {
            chain = chain is null ? id.ToString() : Digest.OfSha256(System.Text.Encoding.ASCII.GetBytes($"{chain} {id}")).ToString();
        }

        return chain is null ? "base" : chain[(chain.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }

    /// <summary>Digest of the tar that a directory below <c>layers/</c> was made from; null for a foreign or unfinished one.</summary>
    public static Digest? DiffIdOf(string name)
    {
        int on = name.IndexOf("-on-", StringComparison.Ordinal);
        string plain = on < 0 ? name : name[..on];
        int dash = plain.IndexOf('-', StringComparison.Ordinal);
        return dash > 0 && Digest.TryParse($"{plain[..dash]}:{plain[(dash + 1)..]}", out var digest) ? digest : null;
    }
}
