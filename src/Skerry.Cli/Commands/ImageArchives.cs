using Google.Protobuf;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Terminals;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Terminals;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry image import</c> and <c>export</c>: images as files.</summary>
internal static class ImageArchives
{
    private const int Chunk = 256 << 10;

    internal static Command Import() => new("import", "take images from an archive")
    {
        Aliases = ["load"],
        Operands = "FILE|-",
        MinOperands = 1,
        MaxOperands = 1,
        Completes = [Completes.File],
        Options =
        [
            Option.One("name", "IMAGE", "call it so, where the archive names none"),
            Option.One("platform", "OS/ARCH[/VARIANT]", "take this platform of an index"),
            Option.Flag("quiet", "print ids only", 'q'),
        ],
        Notes = "Reads OCI layouts and `docker save` archives; plain, gzip or zstd.",
        Examples = [("skerry image import app.tar", "from a file"), ("ssh build docker save app:1 | skerry image import -", "from another machine")],
        Run = RunImport,
    };

    internal static Command Export() => new("export", "write images to an archive")
    {
        Aliases = ["save"],
        Operands = "IMAGE…",
        MinOperands = 1,
        MaxOperands = int.MaxValue,
        Completes = [Completes.Image],
        Options =
        [
            Option.One("file", "FILE", "write here; standard output when missing", 'f', completes: Completes.File),
            Option.One("format", "FORMAT", "what to write", choices: ["oci-archive", "docker-archive"]),
        ],
        Examples = [("skerry image export -f app.tar app:1", "for another node: skerry image import app.tar")],
        Run = RunExport,
    };

    private static int RunImport(Invocation invocation)
    {
        var path = invocation.Operands[0];
        using var file = path == "-" ? null : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        var quiet = invocation.Flag("quiet");
        using var call = invocation.Node.Open(NodeMethods.ImportImage);
        var open = call.Send(new ImportImageRequest
        {
            Start = new ImportImageStart { Reference = invocation.Text("name") ?? "", Platform = invocation.Text("platform") ?? "" },
        });
        var buffer = new byte[Chunk];
        while (open)
        {
            var count = file is null ? StandardStream.Read(StandardStream.In, buffer) : file.Read(buffer);
            open = count == 0
                ? End(call)
                : call.Send(new ImportImageRequest { Archive = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, count)) });
        }

        var progress = new ProgressView(invocation.Context.Error, invocation.Context.Time, quiet);
        while (call.Receive() is { } word)
        {
            if (word.WhatCase == ImportImageResponse.WhatOneofCase.Progress)
            {
                progress.Show(word.Progress);
            }
            else if (word.Image is { } image)
            {
                progress.Finish();
                invocation.Out.Line(quiet ? image.Id : Humanise.Safe($"{image.Id}  {Humanise.Size(image.SizeBytes)}  {string.Join(' ', image.References)}"));
            }
        }

        return ExitCodes.Ok;
    }

    private static bool End(NodeCall<ImportImageRequest, ImportImageResponse> call)
    {
        call.CompleteSending();
        return false;
    }

    private static int RunExport(Invocation invocation)
    {
        var path = invocation.Text("file");
        if (path is null && invocation.Out.IsTerminal)
        {
            throw CliFailure.Usage("an archive is not for a terminal", "name a file with -f, or redirect the output");
        }

        var request = new ExportImageRequest { Format = invocation.Text("format") ?? "oci-archive" };
        request.Images.AddRange(invocation.Operands);
        using var call = invocation.Node.Open(NodeMethods.ExportImage, request);

        // Into a file beside it, renamed when whole: whoever finds the name finds all of it.
        var partial = $"{path}.partial-{Environment.ProcessId}";
        try
        {
            using (var file = path is null ? null : new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1))
            {
                while (call.Receive() is { } word)
                {
                    if (file is null)
                    {
                        invocation.Out.Bytes(word.Archive.Span);
                    }
                    else
                    {
                        file.Write(word.Archive.Span);
                    }
                }

                file?.Flush(flushToDisk: true);
            }

            if (path is not null)
            {
                File.Move(partial, path, overwrite: true);
            }
        }
        catch when (path is not null)
        {
            File.Delete(partial);
            throw;
        }

        return ExitCodes.Ok;
    }
}
