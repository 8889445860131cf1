using System.Globalization;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry guard record</c>: how the flight recorder does.</summary>
internal static class GuardRecord
{
    internal static Command Table() => new("record", "show how the node's flight recorder does")
    {
        Options = [Listing.Format],
        Examples = [("skerry guard record", "since when there are events, how much disk they take, and what was lost")],
        Run = static i =>
        {
            var status = i.Node.Call(NodeMethods.RecordStatus, new RecordStatusRequest());
            return Listing.PrintOne(i, Of(status), () => Text(status), status.Directory);
        },
    };

    private static Tree Of(RecordStatusResponse status) => Tree.Object()
        .Add("enabled", status.Enabled)
        .Add("stopped", status.Stopped)
        .Add("directory", status.Directory)
        .Add("bytes", status.Bytes)
        .Add("quota", status.Quota)
        .Add("segments", status.Segments)
        .Add("events", Tree.Of(status.Events))
        .Add("lost", Tree.Of(status.Lost))
        .Add("unrecordable", Tree.Of(status.Unrecordable))
        .Add("oldest", Tree.Of(status.Oldest));

    private static string Text(RecordStatusResponse status)
    {
        if (!status.Enabled)
        {
            return "recording  off\n";
        }

        return Line("recording", status.Stopped.Length == 0 ? "on" : $"stopped: {status.Stopped}")
            + Line("disk", string.Create(CultureInfo.InvariantCulture, $"{status.Directory}: {Humanise.Size(status.Bytes)} of {Humanise.Size(status.Quota)} in {status.Segments} files"))
            + Line("since", status.Oldest is null ? "nothing is recorded yet" : Humanise.Time(status.Oldest))
            + Line("events", string.Create(CultureInfo.InvariantCulture, $"{status.Events} since the daemon started, {status.Lost} lost, {status.Unrecordable} too large"));

        static string Line(string name, string value) => name.PadRight(11) + Humanise.Safe(value) + "\n";
    }
}
