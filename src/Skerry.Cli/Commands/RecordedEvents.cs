using Skerry.Cli.CommandLine;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Skerry.Cli.Commands;

/// <summary>The events of a recording: of the node, or of a directory that was copied from one. What cannot be read is told and passed over.</summary>
internal sealed class RecordedEvents(Invocation invocation)
{
    private const long NanosecondsInSecond = 1_000_000_000;

    /// <summary>The options that say what is read.</summary>
    internal static readonly Option[] Options =
    [
        Option.One("since", "TIME", "not before: 2026-01-31T12:00:00Z, or how long ago (10m)"),
        Option.One("until", "TIME", "not after"),
        Option.One("container", "CONTAINER", "of this container alone: its name or the beginning of its identifier; host for what is in none", completes: Completes.Container),
        Option.One("pod", "POD", "of this pod alone: NAME or NAMESPACE/NAME"),
        Option.One("dir", "DIRECTORY", "read a recording that was copied from a node, without asking one", completes: Completes.Directory),
    ];

    /// <summary>Blocks that were read.</summary>
    internal int Blocks { get; private set; }

    /// <summary>Events that were given.</summary>
    internal long Events { get; private set; }

    /// <summary>Events of which a recorder said that it could not keep them.</summary>
    internal ulong Lost { get; private set; }

    /// <summary>What was lost before it could be recorded, of what was asked for.</summary>
    internal List<RecordLoss> Losses { get; } = [];

    /// <summary>Told of each of them before the events of its block; null where nobody is.</summary>
    internal Action<RecordLoss>? Lacks { get; init; }

    /// <summary>Events of kinds that this program does not know.</summary>
    internal long Unknown { get; private set; }

    /// <summary>Pieces of the recording that are damaged.</summary>
    internal int Damages { get; private set; }

    /// <summary>Hands each event that was asked for to a function, the oldest first, until that says no.</summary>
    /// <param name="take">Takes an event; false where it wants no more.</param>
    /// <param name="since">Not before; null: as the command line says.</param>
    /// <param name="until">Not after.</param>
    /// <param name="findsAllLosses">Losses are looked for to the end, also when no more events are wanted.</param>
    /// <exception cref="CliFailure">There is no recording there, or it knows nothing of the container that is asked for.</exception>
    internal void Each(Func<KernelEvent, bool> take, long? since = null, long? until = null, bool findsAllLosses = false)
    {
        var request = new ReadRecordRequest
        {
            Since = since is { } from ? Moment(from) : Said("since"),
            Until = until is { } to ? Moment(to) : Said("until"),
            Container = invocation.Text("container") ?? "",
            Pod = invocation.Text("pod") ?? "",
        };
        var selection = new RecordSelection
        {
            Since = request.Since is { } first ? Nanoseconds(first) : long.MinValue,
            Until = request.Until is { } last ? Nanoseconds(last) : long.MaxValue,
            Container = invocation.Text("container"),
            Pod = invocation.Text("pod"),
        };
        var e = new KernelEvent();
        var wantsMore = true;
        foreach (var block in invocation.Text("dir") is { } directory ? FromDirectory(directory, selection) : FromNode(request))
        {
            Blocks++;
            Lost += block.Head.Lost;
            foreach (var loss in block.Head.Losses.Where(selection.Fits))
            {
                Losses.Add(loss);
                Lacks?.Invoke(loss);
            }

            wantsMore = wantsMore && Each(block, selection, e, take);
            if (!wantsMore && !findsAllLosses)
            {
                return;
            }
        }
    }

    private bool Each(RecordBlock block, RecordSelection selection, KernelEvent e, Func<KernelEvent, bool> take)
    {
        try
        {
            var reader = new BlockReader(block);
            while (reader.Read(e))
            {
                if (!selection.Fits(e))
                {
                    continue;
                }

                Events++;
                if (!take(e))
                {
                    return false;
                }
            }

            Unknown += reader.Unknown;
        }
        catch (RecordFormatException error)
        {
            Tell($"block {block.Head.Sequence}: {error.Message}");
        }

        return true;
    }

    private IEnumerable<RecordBlock> FromDirectory(string path, RecordSelection selection)
    {
        var directory = new RecordDirectory(path);
        if (directory.Segments().Count == 0)
        {
            throw new CliFailure($"{path} has no recording in it", $"a recording is files that end in {RecordDirectory.Extension}, in record/ below a node's root");
        }

        if (selection.Container is not null || selection.Pod is not null)
        {
            var containers = directory.Containers();
            if (!containers.Any(selection.Names))
            {
                throw new CliFailure($"nothing is recorded of {selection.Wanted}", ContainerTally.Listed(containers));
            }
        }

        return directory.Read(selection, (segment, damage) => Tell($"{segment}: {damage}"));
    }

    private IEnumerable<RecordBlock> FromNode(ReadRecordRequest request)
    {
        var assembler = new BlockAssembler();
        using var call = invocation.Node.Open(NodeMethods.ReadRecord, request);
        while (call.Receive() is { } answer)
        {
            if (answer.WhatCase == ReadRecordResponse.WhatOneofCase.Damage)
            {
                Tell(answer.Damage);
            }
            else if (Assemble(assembler, answer.Block.Span) is { } block)
            {
                yield return block;
            }
        }
    }

    private static RecordBlock? Assemble(BlockAssembler assembler, ReadOnlySpan<byte> piece)
    {
        try
        {
            return assembler.Add(piece);
        }
        catch (RecordFormatException e)
        {
            throw new CliFailure($"the node sent what is no recording: {e.Message}", "are skerry and skerryd of one version? `skerry version`");
        }
    }

    private void Tell(string damage)
    {
        Damages++;
        invocation.Context.Error.Line($"skerry: damaged and passed over: {Rendering.Humanise.Safe(damage)}");
    }

    private Timestamp? Said(string name) => invocation.Parsed<Timestamp?>(name, text => Units.Moment(text, invocation.Context.Time.GetUtcNow()), null);

    private static Timestamp Moment(long nanoseconds)
    {
        var seconds = (long)Math.Floor((double)nanoseconds / NanosecondsInSecond);
        seconds -= seconds * NanosecondsInSecond > nanoseconds ? 1 : 0;
        return new Timestamp { Seconds = seconds, Nanos = (int)(nanoseconds - (seconds * NanosecondsInSecond)) };
    }

    private static long Nanoseconds(Timestamp time) => (time.Seconds * NanosecondsInSecond) + time.Nanos;
}
