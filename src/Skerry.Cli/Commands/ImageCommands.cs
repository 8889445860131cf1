using System.Globalization;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Terminals;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry image …</c>: what lies in the node's store.</summary>
internal static class ImageCommands
{
    internal static Command Table() => new("image", "pull, list, move and check images")
    {
        Aliases = ["images"],
        Children =
        [
            Pull(), List(), Inspect(), Tag(), Remove(), Prune(), ImageArchives.Import(), ImageArchives.Export(), Scrub(),
            TrustCommands.Check("verify", "check who signed an image, by the trust policies of this node"), SignCommand.Table(),
        ],
    };

    /// <summary><c>skerry pull</c>, as docker's users expect it.</summary>
    internal static Command PullAlias() => Pull(hidden: true);

    private static Command Pull(bool hidden = false) => new("pull", "fetch an image from its registry")
    {
        Hidden = hidden,
        Operands = "IMAGE",
        MinOperands = 1,
        MaxOperands = 1,
        Options =
        [
            Option.One("platform", "OS/ARCH[/VARIANT]", "not this node's platform but this one"),
            Option.One("username", "NAME", "log in as", 'u'),
            Option.Flag("password-stdin", "read the password from standard input"),
            Option.Flag("quiet", "print the image's id only", 'q'),
            Option.One("trust", "NAME", "the trust policy that it must satisfy, or none"),
            Option.One("trust-reason", "TEXT", "why nothing is verified, with --trust none"),
        ],
        Notes = "A pull that was broken off goes on where it was when it is started again.",
        Examples =
        [
            ("skerry image pull docker.io/library/debian:12", "with a bar for each layer on a terminal"),
            ("pass registry | skerry image pull -u me --password-stdin registry.example/app@sha256:…", "from a registry that wants to know who asks"),
        ],
        Run = RunPull,
    };

    private static int RunPull(Invocation invocation)
    {
        var request = new PullImageRequest { Reference = invocation.Operands[0], Platform = invocation.Text("platform") ?? "", Trust = invocation.Text("trust") ?? "", TrustReason = invocation.Text("trust-reason") ?? "" };
        if (invocation.Text("username") is { } user)
        {
            if (!invocation.Flag("password-stdin"))
            {
                throw CliFailure.Usage("--username needs --password-stdin", "a password on the command line would be seen by others");
            }

            request.Auth = new RegistryAuth { Username = user, Password = StandardInput.Line() };
        }

        var quiet = invocation.Flag("quiet");
        using var call = invocation.Node.Open(NodeMethods.PullImage, request);
        var progress = new ProgressView(invocation.Out, invocation.Context.Time, quiet);
        Image? image = null;
        while (call.Receive() is { } word)
        {
            if (word.WhatCase == PullImageResponse.WhatOneofCase.Progress)
            {
                progress.Show(word.Progress);
            }
            else if (word.Image is { } pulled)
            {
                image = pulled;
            }
        }

        progress.Finish();
        if (image is null)
        {
            throw new NodeFailure(NodeFailure.Internal, "the node ended the pull without an image");
        }

        invocation.Out.Line(quiet ? image.Id : Humanise.Safe($"{image.Id}  {Humanise.Size(image.SizeBytes)}  {image.References.FirstOrDefault() ?? request.Reference}"));
        return ExitCodes.Ok;
    }

    private static Command List() => new("ls", "list images")
    {
        Aliases = ["list"],
        Operands = "[NAME]",
        MaxOperands = 1,
        Completes = [Completes.Image],
        Options =
        [
            Option.Flag("quiet", "print ids only", 'q'),
            Option.Flag("no-trunc", "shorten nothing"),
            Option.Flag("digests", "with the digests of the manifests"),
            Listing.Format,
        ],
        Examples = [("skerry image ls", "all"), ("skerry image ls docker.io/library/debian -o json", "all tags of one, for a program")],
        Run = static i =>
        {
            var images = i.Node.Call(NodeMethods.ListImages, new ListImagesRequest { Filter = i.Operands.FirstOrDefault() ?? "" }).Images;
            var whole = i.Flag("no-trunc");
            if (i.Flag("quiet"))
            {
                foreach (var image in images)
                {
                    i.Out.Line(whole ? image.Id : Humanise.ShortId(image.Id));
                }

                return ExitCodes.Ok;
            }

            var now = i.Context.Time.GetUtcNow();
            return Listing.PrintAll(
                i, images, all => Table(all, now, whole, i.Flag("digests")), NodeTrees.Of, static image => image.References.DefaultIfEmpty(image.Id));
        },
    };

    private static Table Table(IReadOnlyList<Image> images, DateTimeOffset now, bool whole, bool digests)
    {
        var table = digests
            ? new Table("IMAGE", "DIGEST", "ID", "PLATFORM", "CREATED", "SIZE", "USED BY")
            : new Table("IMAGE", "ID", "PLATFORM", "CREATED", "SIZE", "USED BY");
        foreach (var image in images)
        {
            foreach (var name in image.References.DefaultIfEmpty("<none>"))
            {
                List<string> row =
                [
                    name,
                    whole ? image.Id : Humanise.ShortId(image.Id),
                    image.Platform,
                    Humanise.Ago(image.CreatedAt, now),
                    Humanise.Size(image.SizeBytes),
                    image.Containers.ToString(CultureInfo.InvariantCulture),
                ];
                if (digests)
                {
                    row.Insert(1, whole ? image.ManifestDigest : Humanise.ShortId(image.ManifestDigest));
                }

                table.Row([.. row]);
            }
        }

        return table;
    }

    private static Command Inspect() => new("inspect", "show all about images")
    {
        Operands = "IMAGE…",
        MinOperands = 1,
        MaxOperands = int.MaxValue,
        Completes = [Completes.Image],
        Options = [Option.One("output", "FORMAT", "how to print (default: json)", 'o', Listing.Formats)],
        Examples = [("skerry image inspect debian:12 | jq '.[0].config.config.Env'", "the variables it sets")],
        Run = static i =>
        {
            var found = new List<InspectImageResponse>();
            var code = Each.Of(i, (invocation, name) =>
                found.Add(invocation.Node.Call(NodeMethods.InspectImage, new InspectImageRequest { Image = name })));
            var now = i.Context.Time.GetUtcNow();
            Listing.PrintOne(
                i,
                Tree.List(found.Select(static a => NodeTrees.Of(a.Image ?? new Image())
                    .Add("manifest", Tree.OfJson(a.ManifestJson))
                    .Add("config", Tree.OfJson(a.ConfigJson)))),
                () => Table([.. found.Select(static a => a.Image ?? new Image())], now, whole: true, digests: true).ToString(),
                string.Join('\n', found.Select(static a => a.Image?.Id ?? "")),
                missing: "json");
            return code;
        },
    };

    private static Command Tag() => new("tag", "give an image another name")
    {
        Operands = "IMAGE NAME",
        MinOperands = 2,
        MaxOperands = 2,
        Completes = [Completes.Image],
        Examples = [("skerry image tag debian:12 registry.example/base:2026-11", "both names are the same image")],
        Run = static i =>
        {
            i.Node.Call(NodeMethods.TagImage, new TagImageRequest { Image = i.Operands[0], Reference = i.Operands[1] });
            return ExitCodes.Ok;
        },
    };

    private static Command Remove() => new("rm", "remove images")
    {
        Aliases = ["remove"],
        Operands = "IMAGE…",
        MinOperands = 1,
        MaxOperands = int.MaxValue,
        Completes = [Completes.Image],
        Options = [Option.Flag("force", "also when a container that has ended uses it", 'f')],
        Examples = [("skerry image rm debian:12", "its content goes when no other image shares it")],
        Run = static i => Each.Of(i, static (invocation, name) =>
        {
            var answer = invocation.Node.Call(NodeMethods.RemoveImage, new RemoveImageRequest { Image = name, Force = invocation.Flag("force") });
            foreach (var untagged in answer.Untagged)
            {
                invocation.Out.Line(Humanise.Safe($"untagged {untagged}"));
            }

            foreach (var deleted in answer.Deleted)
            {
                invocation.Out.Line(Humanise.Safe($"deleted {deleted}"));
            }

            invocation.Out.Line($"freed {Humanise.Size(answer.FreedBytes)}");
        }),
    };

    private static Command Prune() => new("prune", "remove images that nothing needs")
    {
        Options = [Option.Flag("all", "every image that no container uses, not only those without a name", 'a')],
        Examples = [("skerry image prune -a", "keep only what containers use")],
        Run = static i =>
        {
            var answer = i.Node.Call(NodeMethods.PruneImages, new PruneImagesRequest { All = i.Flag("all") });
            foreach (var deleted in answer.Deleted)
            {
                i.Out.Line(Humanise.Safe($"deleted {deleted}"));
            }

            i.Out.Line($"freed {Humanise.Size(answer.FreedBytes)}");
            return ExitCodes.Ok;
        },
    };

    private static Command Scrub() => new("scrub", "read everything again and find what has rotted")
    {
        Operands = "[IMAGE]",
        MaxOperands = 1,
        Completes = [Completes.Image],
        Options = [Option.Flag("repair", "fetch again what is wrong"), Option.Flag("quiet", "show no progress", 'q'), Listing.Format],
        Notes = "Exit code 1 when anything is wrong and not repaired.",
        Examples = [("skerry image scrub --repair", "the whole store, mended from the registries")],
        Run = RunScrub,
    };

    private static int RunScrub(Invocation invocation)
    {
        var request = new ScrubImagesRequest { Image = invocation.Operands.FirstOrDefault() ?? "", Repair = invocation.Flag("repair") };
        using var call = invocation.Node.Open(NodeMethods.ScrubImages, request);
        var progress = new ProgressView(invocation.Context.Error, invocation.Context.Time, invocation.Flag("quiet"));
        var findings = new List<ScrubFinding>();
        ScrubSummary? summary = null;
        while (call.Receive() is { } word)
        {
            switch (word.WhatCase)
            {
                case ScrubImagesResponse.WhatOneofCase.Progress:
                    progress.Show(word.Progress);
                    break;
                case ScrubImagesResponse.WhatOneofCase.Finding:
                    findings.Add(word.Finding);
                    break;
                case ScrubImagesResponse.WhatOneofCase.Summary:
                    summary = word.Summary;
                    break;
            }
        }

        progress.Finish();
        if (summary is null)
        {
            throw new NodeFailure(NodeFailure.Internal, "the node ended the scrub without a summary: it may be incomplete");
        }

        Listing.Print(invocation, findings, Findings, NodeTrees.Of, static f => f.Digest);
        invocation.Context.Error.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"read {summary.Blobs} blobs and {summary.Files} files, {Humanise.Size(summary.Bytes)}: {summary.Corrupted} wrong, {summary.Repaired} repaired"));
        return summary.Corrupted > summary.Repaired ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static Table Findings(IReadOnlyList<ScrubFinding> findings)
    {
        var table = new Table("IMAGE", "DIGEST", "PATH", "PROBLEM", "REPAIRED", "ACTION");
        foreach (var f in findings)
        {
            table.Row(f.Image, Humanise.ShortId(f.Digest), f.Path, f.Problem, f.Repaired ? "yes" : "no", f.Action);
        }

        return table;
    }
}
