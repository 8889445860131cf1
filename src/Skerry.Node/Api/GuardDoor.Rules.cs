using Google.Protobuf;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Pods;
using Skerry.Node.Sensors.Rules;

namespace Skerry.Node.Api;

/// <summary>The rules themselves, for who judges by them elsewhere.</summary>
internal sealed partial class GuardDoor
{
    private const int PieceSize = 256 << 10;

    public override async Task ReadRules(ReadRulesRequest request, IServerStreamWriter<ReadRulesResponse> responseStream, ServerCallContext context)
    {
        try
        {
            var (files, areLoaded) = RuleBook.Read(rooms.Options.Guard, rooms.Sensor.Rules);
            var isFirst = true;
            foreach (var (name, content) in files)
            {
                for (var at = 0; at == 0 || at < content.Length; at += PieceSize)
                {
                    var piece = UnsafeByteOperations.UnsafeWrap(content.AsMemory(at, Math.Min(PieceSize, content.Length - at)));
                    await responseStream.WriteAsync(new ReadRulesResponse { Name = name, Piece = piece, Changed = isFirst && !areLoaded }, context.CancellationToken).ConfigureAwait(false);
                    isFirst = false;
                }
            }
        }
        catch (RuleBookException error)
        {
            throw PodException.Invalid(error.Message, "mend the file; the rules that were loaded before stay");
        }
    }
}
