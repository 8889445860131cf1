using System.Globalization;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry ps</c>: the containers of this node.</summary>
internal static class PsCommand
{
    private const int CommandWidth = 24;

    internal static Command Table() => new("ps", "list containers")
    {
        Aliases = ["ls"],
        Options =
        [
            Option.Flag("all", "also those that have ended", 'a'),
            Option.Flag("quiet", "print ids only", 'q'),
            Option.Flag("no-trunc", "shorten nothing"),
            Option.Many("filter", "label=KEY[=VALUE]", "only those that match: label=, name=, status=, tier=, image=", 'f'),
            Listing.Format,
        ],
        Examples =
        [
            ("skerry ps -a", "all containers, also those that have ended"),
            ("skerry ps --filter label=app=web -o json", "those with a label, for a program"),
            ("skerry rm $(skerry ps -aq --filter status=exited)", "remove all that have ended"),
        ],
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        var request = new ListPodsRequest { All = invocation.Flag("all") };
        var filters = new List<Func<Container, bool>>();
        foreach (var text in invocation.List("filter"))
        {
            Filter(text, request, filters);
        }

        var containers = invocation.Node.Call(NodeMethods.List, request).Pods
            .SelectMany(static pod => pod.Containers)
            .Where(container => filters.TrueForAll(filter => filter(container)))
            .OrderByDescending(static c => c.CreatedAt?.Seconds ?? 0).ThenByDescending(static c => c.CreatedAt?.Nanos ?? 0)
            .ToArray();
        var whole = invocation.Flag("no-trunc");
        if (invocation.Flag("quiet"))
        {
            foreach (var container in containers)
            {
                invocation.Out.Line(whole ? container.Id : Humanise.ShortId(container.Id));
            }

            return ExitCodes.Ok;
        }

        var now = invocation.Context.Time.GetUtcNow();
        return Listing.Print(invocation, containers, all => Table(all, now, whole), PodTrees.Of, Name);
    }

    internal static Table Table(IReadOnlyList<Container> containers, DateTimeOffset now, bool whole)
    {
        var table = new Table("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "TIER", "PORTS", "NAMES");
        foreach (var c in containers)
        {
            var command = string.Join(' ', c.Command);
            table.Row(
                whole ? c.Id : Humanise.ShortId(c.Id),
                whole ? c.Image : ShortImage(c.Image),
                whole ? $"\"{command}\"" : $"\"{Humanise.Ellipsis(command, CommandWidth)}\"",
                Humanise.Ago(c.CreatedAt, now),
                Status(c, now),
                c.Tier,
                string.Join(", ", c.Ports.Select(Port)),
                Name(c));
        }

        return table;
    }

    internal static string Status(Container c, DateTimeOffset now) => State(c, now) + (c.Quarantined ? " (Quarantined)" : "");

    private static string State(Container c, DateTimeOffset now) => c.State switch
    {
        ContainerState.Running => $"Up {Humanise.Since(c.StartedAt, now)}",
        ContainerState.Paused => $"Up {Humanise.Since(c.StartedAt, now)} (Paused)",
        ContainerState.Exited => $"Exited ({c.ExitCode.ToString(CultureInfo.InvariantCulture)}) {Humanise.Ago(c.FinishedAt, now)}{(c.OomKilled ? " (out of memory)" : "")}",
        ContainerState.Waiting => $"Waiting ({c.ExitCode.ToString(CultureInfo.InvariantCulture)}) {c.Reason}".TrimEnd(),
        ContainerState.Failed => $"Failed: {c.Reason}",
        ContainerState.Created => "Created",
        _ => "Unknown",
    };

    internal static string Port(PortMapping port)
    {
        var protocol = port.Protocol.Length == 0 ? "tcp" : port.Protocol;
        var ip = port.HostIp.Length == 0 ? "0.0.0.0" : port.HostIp.Contains(':', StringComparison.Ordinal) ? $"[{port.HostIp}]" : port.HostIp;
        return port.HostPort == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{port.ContainerPort}/{protocol}")
            : string.Create(CultureInfo.InvariantCulture, $"{ip}:{port.HostPort}->{port.ContainerPort}/{protocol}");
    }

    internal static string Name(Container c) => c.Name == c.PodName || c.PodName.Length == 0 ? c.Name : $"{c.PodName}/{c.Name}";

    // docker.io/library/x:tag is x:tag to people.
    private static string ShortImage(string image)
    {
        var text = image.StartsWith("docker.io/library/", StringComparison.Ordinal) ? image["docker.io/library/".Length..] : image;
        var digest = text.IndexOf("@sha256:", StringComparison.Ordinal);
        return digest >= 0 && text.Length > digest + 20 ? text[..(digest + 20)] : text;
    }

    private static void Filter(string text, ListPodsRequest request, List<Func<Container, bool>> filters)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var value = equals < 0 ? "" : text[(equals + 1)..];
        switch (equals < 0 ? text : text[..equals])
        {
            case "label" when value.Length > 0:
                var second = value.IndexOf('=', StringComparison.Ordinal);
                if (second > 0)
                {
                    request.Labels[value[..second]] = value[(second + 1)..];
                }
                else
                {
                    filters.Add(c => c.Labels.ContainsKey(value));
                }

                break;
            case "name" when value.Length > 0:
                filters.Add(c => Name(c).Contains(value, StringComparison.Ordinal));
                break;
            case "status" when value.Length > 0:
                request.All = true;
                filters.Add(c => PodTrees.State(c.State) == value);
                break;
            case "tier" when value.Length > 0:
                filters.Add(c => c.Tier == value);
                break;
            case "image" or "ancestor" when value.Length > 0:
                filters.Add(c => c.Image == value || ShortImage(c.Image) == value || ShortImage(c.Image).StartsWith(value + ":", StringComparison.Ordinal));
                break;
            default:
                throw CliFailure.Usage($"--filter {text}: not known", "known are label=KEY[=VALUE], name=, status=, tier=, image=");
        }
    }
}
