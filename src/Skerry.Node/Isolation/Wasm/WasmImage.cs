using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.WebAssembly;
using Skerry.Node.Isolation.Spec;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Isolation.Wasm;

/// <summary>Finds the module in an image. The image is a stranger's: its links stay inside it, and what is no regular file is not opened.</summary>
internal static class WasmImage
{
    /// <summary>More than this nobody compiles on a small machine.</summary>
    internal const long MaxModuleBytes = 128L << 20;

    /// <summary>The module's path and its arguments, its own name first: what a container would execute.</summary>
    /// <exception cref="SpecRefusedException">Neither the image nor the spec names one.</exception>
    internal static IReadOnlyList<string> Command(ContainerSpec spec, ImageProcess image)
    {
        if (!spec.Init)
        {
            return ProcessPlan.Arguments(spec, image, null);
        }

        throw new SpecRefusedException("init", "a module starts no processes that an init could reap", "leave it out");
    }

    /// <summary>Reads a module in a mounted image, into memory: what is hashed is what is compiled.</summary>
    /// <exception cref="IsolationException">It is not there (127), or nothing that runs (126).</exception>
    internal static (byte[] Bytes, WasmBinary Kind) Read(string rootfs, string workingDirectory, string path)
    {
        using var root = FileCalls.Open(null, rootfs, OpenFlags.Path | OpenFlags.Directory);
        var place = path.StartsWith('/') ? path : Path.Combine(workingDirectory.Length > 0 ? workingDirectory : "/", path);

        // A FIFO or device would hold up who opens it, or do something; a descriptor for the path alone does not.
        var (found, error) = FileCalls.OpenInRoot(root, place.TrimStart('/'), OpenFlags.Path);
        using (found)
        {
            if (found is null)
            {
                throw new IsolationException($"{path}: {error}: no such module in the image") { ExitCode = error == Errno.EACCES ? 126 : 127 };
            }

            var status = FileCalls.Status(found);
            if (status.Kind != FileKind.Regular || status.Size > MaxModuleBytes)
            {
                throw new IsolationException($"{path}: {(status.Kind != FileKind.Regular ? "no regular file" : $"{status.Size} bytes are more than {MaxModuleBytes}")}") { ExitCode = 126 };
            }

            var bytes = new byte[status.Size];
            using var file = new FileStream(found.ProcPath, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            file.ReadExactly(bytes);
            var kind = WasmPreamble.Read(bytes);
            return kind != WasmBinary.None ? (bytes, kind) : throw new IsolationException($"{path}: not WebAssembly: it begins with the preamble of neither a module (version 1) nor a component; run the image in another tier") { ExitCode = 126 };
        }
    }
}
