using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Skerry.Linux.Files;
using Skerry.Oci;
using Skerry.Oci.Distribution;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.ContentTrust;
using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Images.Trust;

/// <summary>
/// Metadata of content trust: where it is now (a mirror, a trust server), what was trusted last for each image's name, and the files by
/// which an image that is here was verified.
/// </summary>
/// <remarks>Below <c>trust/content-trust/KEY/</c>, where KEY is of signer's place and image's name: <c>state/</c>, and <c>HEX/</c> for each manifest.</remarks>
internal sealed class ContentTrustFiles(string root, RegistryOptions options)
{
    private const string StateName = "state";
    private const string RootName = "root";
    private const string VersionsName = "versions.json";

    /// <summary>Where the metadata is now.</summary>
    internal IContentTrustSource Live(ContentTrustSigner signer, string gun) =>
        signer.IsMirror ? new MirrorDirectory(MirrorOf(signer, gun)) : new TrustServer(new Uri(signer.Location), gun, options);

    /// <summary>The files by which a manifest was verified; where there are none, the mirror, if it is one.</summary>
    internal (IContentTrustSource Source, ContentTrustState? State)? Kept(ContentTrustSigner signer, string gun, Digest manifest)
    {
        var directory = Path.Combine(DirectoryOf(signer, gun), manifest.Hex);
        return Directory.Exists(directory) ? (new MirrorDirectory(directory), ReadState(Path.Combine(directory, StateName)))
            : signer.IsMirror ? (Live(signer, gun), StateOf(signer, gun)) : null;
    }

    /// <summary>What was trusted last; null: nothing yet.</summary>
    internal ContentTrustState? StateOf(ContentTrustSigner signer, string gun) => ReadState(Path.Combine(DirectoryOf(signer, gun), StateName));

    /// <summary>Keeps what is trusted now.</summary>
    internal void KeepState(ContentTrustSigner signer, string gun, ContentTrustState state) =>
        Replace(Path.Combine(DirectoryOf(signer, gun), StateName), directory => WriteState(directory, state));

    /// <summary>Keeps the files by which a manifest was verified.</summary>
    internal void Keep(ContentTrustSigner signer, string gun, Digest manifest, IReadOnlyDictionary<string, ReadOnlyMemory<byte>?> files, ContentTrustState state) =>
        Replace(Path.Combine(DirectoryOf(signer, gun), manifest.Hex), directory =>
        {
            foreach (var (name, bytes) in files)
            {
                if (bytes is { } content)
                {
                    Write(Path.Combine(directory, name + ".json"), content.Span);
                }
            }

            var kept = Path.Combine(directory, StateName);
            Directory.CreateDirectory(kept);
            WriteState(kept, state);
        });

    /// <summary>A mirror is laid out as a trust server's paths, or holds one image's files itself.</summary>
    private static string MirrorOf(ContentTrustSigner signer, string gun)
    {
        var served = Path.Combine(signer.Location, gun, "_trust", "tuf");
        var short_ = Path.Combine(signer.Location, gun);
        return Directory.Exists(served) ? served : Directory.Exists(short_) ? short_ : served;
    }

    private string DirectoryOf(ContentTrustSigner signer, string gun) =>
        Path.Combine(root, "content-trust", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{signer.Location}\n{gun}")))[..32]);

    private static ContentTrustState? ReadState(string directory)
    {
        try
        {
            var versions = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(directory, VersionsName)), ContentTrustJson.Default.DictionaryStringInt32);
            return versions is null ? null : new ContentTrustState(File.ReadAllBytes(Path.Combine(directory, RootName + ".json")), versions);
        }
        catch (Exception error) when (error is DirectoryNotFoundException or FileNotFoundException)
        {
            return null;
        }
        catch (JsonException error)
        {
            throw new ImageException(ImageProblem.Corrupt, $"{Path.Combine(directory, VersionsName)}: {error.Message}; what was trusted last is lost: remove {directory}, and who answers next is judged by the policy alone", error);
        }
    }

    private static void WriteState(string directory, ContentTrustState state)
    {
        if (state.Root.Length > TrustLimits.MaxDocument)
        {
            throw new ImageException(ImageProblem.Refused, $"{directory}: root.json has {state.Root.Length} bytes");
        }

        Write(Path.Combine(directory, RootName + ".json"), state.Root.Span);
        Write(Path.Combine(directory, VersionsName), JsonSerializer.SerializeToUtf8Bytes(state.Versions.ToDictionary(StringComparer.Ordinal), ContentTrustJson.Default.DictionaryStringInt32));
    }

    /// <summary>1. Writes a directory beside it, durably. 2. Exchanges the two names at once. 3. Removes what was there.</summary>
    private static void Replace(string directory, Action<string> write)
    {
        var parent = Path.GetDirectoryName(directory)!;
        Directory.CreateDirectory(parent, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var fresh = directory + ".new";
        if (Directory.Exists(fresh))
        {
            Directory.Delete(fresh, recursive: true);
        }

        Directory.CreateDirectory(fresh);
        write(fresh);
        using var opened = FileCalls.Open(null, parent, OpenFlags.Read | OpenFlags.Directory);
        var (from, to) = (Path.GetFileName(fresh), Path.GetFileName(directory));
        if (Directory.Exists(directory))
        {
            FileCalls.Exchange(opened, from, opened, to);
            FileCalls.Sync(opened);
            Directory.Delete(fresh, recursive: true);
        }
        else
        {
            FileCalls.RenameToNew(opened, from, opened, to);
            FileCalls.Sync(opened);
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = FileCalls.Open(null, path, OpenFlags.Write | OpenFlags.Create | OpenFlags.Exclusive, 0x180);
        FileCalls.Write(file, bytes, 0, path);
        FileCalls.Sync(file);
    }
}

/// <summary>Source-generated JSON of what content trust keeps.</summary>
[JsonSerializable(typeof(Dictionary<string, int>))]
internal sealed partial class ContentTrustJson : JsonSerializerContext;
