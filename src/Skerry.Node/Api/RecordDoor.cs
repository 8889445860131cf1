using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Guard.Recorder;
using Skerry.Node.Pods;
using Skerry.Node.Sensors.Recording;
using RecordWire = Skerry.Contracts.Node.V1.Record;

namespace Skerry.Node.Api;

/// <summary>The door to the flight recorder: blocks as they are stored, so that whoever asks does the work of reading them.</summary>
/// <param name="recorder">The recorder; null where it is switched off.</param>
/// <param name="index">The pods that there are.</param>
internal sealed class RecordDoor(FlightRecorder? recorder, PodIndex index) : RecordWire.RecordBase
{
    private const int MessageSize = 256 << 10;
    private const long NanosecondsInSecond = 1_000_000_000;

    public override async Task Read(ReadRecordRequest request, IServerStreamWriter<ReadRecordResponse> responseStream, ServerCallContext context)
    {
        if (recorder is null)
        {
            throw PodException.State("this node records no kernel events", "set enabled = true under [record] in skerry.toml, or see the log for why it could not begin");
        }

        await recorder.Flush().WaitAsync(context.CancellationToken).ConfigureAwait(false);
        var selection = new RecordSelection
        {
            Since = request.Since is { } since ? Nanoseconds(since) : long.MinValue,
            Until = request.Until is { } until ? Nanoseconds(until) : long.MaxValue,
            Container = request.Container.Length > 0 ? request.Container : null,
            Pod = request.Pod.Length > 0 ? request.Pod : null,
        };
        Require(selection);
        List<string> damages = [];
        foreach (var block in recorder.Directory.Read(selection, (segment, damage) => damages.Add($"{segment}: {damage}")))
        {
            await Tell(damages, responseStream, context).ConfigureAwait(false);
            for (var rest = block.Bytes; rest.Length > 0; rest = rest[Math.Min(MessageSize, rest.Length)..])
            {
                await responseStream.WriteAsync(new ReadRecordResponse { Block = UnsafeByteOperations.UnsafeWrap(rest[..Math.Min(MessageSize, rest.Length)]) }, context.CancellationToken).ConfigureAwait(false);
            }
        }

        await Tell(damages, responseStream, context).ConfigureAwait(false);
    }

    public override Task<RecordStatusResponse> Status(RecordStatusRequest request, ServerCallContext context)
    {
        if (recorder is null)
        {
            return Task.FromResult(new RecordStatusResponse());
        }

        var state = recorder.State;
        var oldest = recorder.Directory.Read(new RecordSelection()).FirstOrDefault();
        return Task.FromResult(new RecordStatusResponse
        {
            Enabled = true,
            Stopped = state.Stopped ?? "",
            Directory = recorder.Directory.Path,
            Bytes = state.Bytes,
            Quota = state.Quota,
            Segments = (uint)state.Segments,
            Events = state.Events,
            Lost = state.Lost,
            Unrecordable = state.Unrecordable,
            Oldest = oldest is null ? null : Timestamp.FromDateTime(DateTime.UnixEpoch.AddTicks(oldest.Head.FirstTime / TimeSpan.NanosecondsPerTick)),
        });
    }

    /// <summary>A container or pod that is asked for must be in the recording, or at least on the node: a name that was mistyped is not one of which nothing happened.</summary>
    private void Require(RecordSelection selection)
    {
        if (selection.Container is null && selection.Pod is null)
        {
            return;
        }

        if (!index.All.SelectMany(static pod => pod.Containers.Select(c => new ContainerTally(c.Id, c.View.Name, pod.Name, pod.Spec.Labels.GetValueOrDefault("io.kubernetes.pod.namespace") ?? string.Empty, 0))).Any(selection.Names)
            && recorder!.Directory.Containers() is var containers && !containers.Any(selection.Names))
        {
            throw PodException.NotFound($"nothing is recorded of {selection.Wanted}", ContainerTally.Listed(containers));
        }
    }

    private static async Task Tell(List<string> damages, IServerStreamWriter<ReadRecordResponse> answers, ServerCallContext context)
    {
        foreach (var damage in damages)
        {
            await answers.WriteAsync(new ReadRecordResponse { Damage = damage }, context.CancellationToken).ConfigureAwait(false);
        }

        damages.Clear();
    }

    private static long Nanoseconds(Timestamp time) => (Math.Clamp(time.Seconds, -(1L << 33), 1L << 33) * NanosecondsInSecond) + time.Nanos;
}
