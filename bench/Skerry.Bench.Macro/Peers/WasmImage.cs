using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace Skerry.Bench.Macro.Peers;

/// <summary>Modules that were assembled by hand, as OCI archives for <c>skerry image import</c>.</summary>
internal static class WasmImage
{
    // (module (memory (export "memory") 1) (func (export "_start")))
    private const string Nothing = "AGFzbQEAAAABBAFgAAADAgEABQMBAAEHEwIGbWVtb3J5AgAGX3N0YXJ0AAAKBAECAAs=";

    // Writes "ready" by fd_write, then waits by poll_oneoff on a clock for ever.
    private const string Waiting =
        "AGFzbQEAAAABDAJgBH9/f38Bf2AAAAJIAhZ3YXNpX3NuYXBzaG90X3ByZXZpZXcxCGZkX3dyaXRlAAAWd2FzaV9zbmFwc2hvdF9wcmV2aWV3MQtwb2xsX29uZW9mZgAAAwIB"
        + "AQUDAQABBxMCBm1lbW9yeQIABl9zdGFydAACCkoBSABBAEGABDYCAEEEQQY2AgBBAUEAQQFBCBAAGkEAQgA3AwBBEEEBNgIAQRhCgKCUpY0dNwMAA0BBAEHAAEEBQYABEAEa"
        + "DAALCwsNAQBBgAQLBnJlYWR5CgAhBG5hbWUBDgIABXdyaXRlAQRwb2xsAwoBAgEABWFnYWlu";

    /// <summary>Name of the image whose module does nothing.</summary>
    public const string TrueName = "bench.example/wasm-true:1";

    /// <summary>Name of the image whose module says "ready" and waits.</summary>
    public const string WaitName = "bench.example/wasm-wait:1";

    /// <summary>Writes the archive of an image.</summary>
    public static void Write(string file, string name)
    {
        byte[] module = Convert.FromBase64String(name == TrueName ? Nothing : Waiting);
        byte[] config = Encoding.UTF8.GetBytes($$"""{"architecture":"wasm","os":"wasip1","layerDigests":["{{Digest(module)}}"]}""");
        byte[] manifest = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{Descriptor("application/vnd.wasm.config.v0+json", config)}},"layers":[{{Descriptor("application/wasm", module)}}]}
            """);
        string entry = Descriptor("application/vnd.oci.image.manifest.v1+json", manifest)[..^1] + $$$""","annotations":{"io.containerd.image.name":"{{{name}}}"}}""";
        using TarWriter tar = new(File.Create(file));
        Add("oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray());
        Add("index.json", Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{entry}}]}"""));
        foreach (byte[] blob in (byte[][])[module, config, manifest])
        {
            Add("blobs/sha256/" + Digest(blob)["sha256:".Length..], blob);
        }

        void Add(string path, byte[] bytes) => tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(bytes) });
    }

    private static string Digest(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Descriptor(string type, byte[] bytes) => $$"""{"mediaType":"{{type}}","digest":"{{Digest(bytes)}}","size":{{bytes.Length}}}""";
}
