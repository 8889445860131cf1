using System.Text;
using Skerry.Oci.Manifests;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Tests.Trust;

/// <summary>The signatures that other tools made (Data/README.md), and the image that all of them sign.</summary>
internal static class Artefacts
{
    /// <summary>Some days after they were made.</summary>
    public static readonly DateTimeOffset Later = new(2026, 11, 27, 0, 0, 0, TimeSpan.Zero);

    public static readonly SignedArtifact Image = SignedArtifact.Of(Bytes("image/manifest.json"));

    public static readonly SignedArtifact OtherImage = SignedArtifact.Of("""{"schemaVersion":2}"""u8.ToArray());

    public static Descriptor Manifest { get; } = new(MediaTypes.OciManifest, Image.Digest, Image.Content.Length);

    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Trust", "Data", name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    public static string Text(string name) => File.ReadAllText(PathOf(name));

    public static PublicKey Key(string name) => PublicKey.FromPem(Text(name));

    /// <summary>The layers of an artefact's manifest with their bytes.</summary>
    public static IReadOnlyList<(Descriptor Layer, byte[] Blob)> Layers(string folder) =>
        [.. ((ImageManifest)ManifestParser.Parse(Bytes(folder + "/manifest.json"), null)).Layers.Select(l => (l, Bytes($"{folder}/blob-{l.Digest.Hex}")))];

    /// <summary>A layer with another content, described rightly.</summary>
    public static Descriptor Described(Descriptor layer, byte[] blob) => layer with { Digest = Digest.OfSha256(blob), Size = blob.Length };

    public static Descriptor Annotated(Descriptor layer, string name, string? value)
    {
        var annotations = layer.Annotations.Where(a => a.Key != name).ToDictionary(StringComparer.Ordinal);
        if (value is not null)
        {
            annotations[name] = value;
        }

        return layer with { Annotations = annotations };
    }

    public static byte[] Replaced(byte[] bytes, string old, string with)
    {
        var text = Encoding.UTF8.GetString(bytes);
        Assert.Contains(old, text, StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(text.Replace(old, with, StringComparison.Ordinal));
    }

    public static void Trusted(Verdict verdict) => Assert.True(verdict.IsTrusted, verdict.ToString());

    /// <summary>It is a no, at this step, for this reason, with a way to mend it.</summary>
    public static void Refused(Verdict verdict, string step, string why = "")
    {
        Assert.False(verdict.IsTrusted, verdict.ToString());
        Assert.True(verdict.Failure!.Name == step && verdict.Failure.Why.Contains(why, StringComparison.Ordinal), verdict.ToString());
        Assert.NotNull(verdict.Failure.Mend);
    }
}
