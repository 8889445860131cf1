using Google.Protobuf;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Guard.Audit;
using Skerry.Node.Audit;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;
using AuditWire = Skerry.Contracts.Node.V1.Audit;

namespace Skerry.Node.Api;

/// <summary>The door for the tamper-evident log. It only reads: nothing can be written or removed here.</summary>
internal sealed class AuditDoor(NodeRooms rooms) : AuditWire.AuditBase
{
    private AuditLog Log => rooms.Trail.Log;

    public override Task<DescribeAuditResponse> Describe(DescribeAuditRequest request, ServerCallContext context)
    {
        var view = Log.View;
        return Task.FromResult(new DescribeAuditResponse
        {
            VerifierKey = Log.Key.ToString(),
            Checkpoint = view.Checkpoint?.ToString() ?? string.Empty,
            Size = view.Size,
            Minimum = view.Minimum,
            Directory = rooms.Paths.Audit,
            Failure = Log.Failure ?? string.Empty,
            Trouble = rooms.AuditTrouble ?? string.Empty,
        });
    }

    public override async Task Read(ReadAuditRequest request, IServerStreamWriter<ReadAuditResponse> responseStream, ServerCallContext context)
    {
        var next = request.From;
        while (true)
        {
            var grown = Log.Grown;
            foreach (var (number, entry) in Readable(() => Log.View.Entries(next)))
            {
                next = number + 1;
                if (request.Kinds.Count == 0 || IsOneOf(AuditEntry.Parse(entry).Kind, request.Kinds))
                {
                    await responseStream.WriteAsync(new ReadAuditResponse { Number = number, Entry = ByteString.CopyFrom(entry.Span) }, context.CancellationToken).ConfigureAwait(false);
                }
            }

            if (!request.Follow)
            {
                return;
            }

            using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, rooms.Stopping);
            await grown.WaitAsync(either.Token).ConfigureAwait(false);
        }
    }

    public override Task<AuditFileResponse> File(AuditFileRequest request, ServerCallContext context)
    {
        try
        {
            var name = TileName.Parse(request.Name);
            var content = Log.View.Read(name);
            return Task.FromResult(content is { } bytes ? new AuditFileResponse { Found = true, Content = ByteString.CopyFrom(bytes.Span) } : new AuditFileResponse());
        }
        catch (AuditFormatException error)
        {
            throw PodException.Invalid(error.Message);
        }
    }

    public override Task<ProveAuditResponse> Prove(ProveAuditRequest request, ServerCallContext context)
    {
        var view = Log.View;
        if (request.Number < view.Minimum || request.Number >= view.Size || view.Checkpoint is not { } checkpoint)
        {
            throw PodException.NotFound($"the log has no entry {request.Number}: there are {view.Minimum} to {view.Size - 1}");
        }

        try
        {
            var entry = view.Entries(request.Number).First().Entry.ToArray();
            var path = new TreeReader(view.Read, view.Size).InclusionProof(request.Number);
            return Task.FromResult(new ProveAuditResponse { Proof = new EntryProof(entry, request.Number, path, checkpoint).ToString() });
        }
        catch (AuditFormatException error)
        {
            throw Damaged(error);
        }
    }

    private static bool IsOneOf(string kind, IEnumerable<string> wanted) =>
        wanted.Any(w => w.EndsWith('.') ? kind.StartsWith(w, StringComparison.Ordinal) : kind == w);

    private static IEnumerable<(long Number, ReadOnlyMemory<byte> Entry)> Readable(Func<IEnumerable<(long Number, ReadOnlyMemory<byte> Entry)>> entries)
    {
        using var each = entries().GetEnumerator();
        while (Next(each))
        {
            yield return each.Current;
        }
    }

    private static bool Next(IEnumerator<(long Number, ReadOnlyMemory<byte> Entry)> each)
    {
        try
        {
            return each.MoveNext();
        }
        catch (AuditFormatException error)
        {
            throw Damaged(error);
        }
    }

    private static PodException Damaged(AuditFormatException error) => PodException.Failed($"audit log: {error.Message}; 'skerry audit verify' says what else is wrong", error);
}
