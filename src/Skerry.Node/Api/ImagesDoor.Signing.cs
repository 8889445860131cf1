using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Images.Trust;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Signing;

namespace Skerry.Node.Api;

/// <summary>Signing. A key that comes in is used once and kept nowhere; one that is held elsewhere never comes in.</summary>
internal sealed partial class ImagesDoor
{
    /// <summary>How long a caller may take to sign: a person may have to touch a token.</summary>
    private static readonly TimeSpan HeldPatience = TimeSpan.FromMinutes(5);

    public override async Task<SignImageResponse> Sign(SignImageRequest request, ServerCallContext context)
    {
        using var key = SigningKey.Read(request.Key.ToStringUtf8(), request.Password);
        return await SignAsync(request, key.Public, (unsigned, _) => Task.FromResult<ReadOnlyMemory<byte>>(key.Sign(unsigned.Scheme, unsigned.Message.Span)), context).ConfigureAwait(false);
    }

    public override async Task SignHeld(IAsyncStreamReader<SignHeldRequest> requestStream, IServerStreamWriter<SignHeldResponse> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false) || requestStream.Current.Order is not { } order)
        {
            throw Malformed("the first message of a call to SignHeld is its order");
        }

        if (order.Key.Length > 0 || order.Password.Length > 0)
        {
            throw Malformed("an order for a key that is held elsewhere holds a private key or a password");
        }

        var done = await SignAsync(order, PublicKey.FromSpki(order.PublicKey.Memory), AskAsync, context).ConfigureAwait(false);
        await responseStream.WriteAsync(new SignHeldResponse { Done = done }, context.CancellationToken).ConfigureAwait(false);

        async Task<ReadOnlyMemory<byte>> AskAsync(UnsignedArtifact unsigned, CancellationToken ct)
        {
            await responseStream.WriteAsync(new SignHeldResponse { Demand = DemandOf(unsigned) }, ct).ConfigureAwait(false);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
            patience.CancelAfter(HeldPatience);
            try
            {
                return await requestStream.MoveNext(patience.Token).ConfigureAwait(false) && requestStream.Current.StepCase == SignHeldRequest.StepOneofCase.Signature
                    ? requestStream.Current.Signature.Memory
                    : throw Malformed("the second message of a call to SignHeld is the signature");
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"no signature came within {HeldPatience.TotalMinutes} minutes; nothing was stored"));
            }
        }
    }

    private async Task<SignImageResponse> SignAsync(
        SignImageRequest request, PublicKey key, Func<UnsignedArtifact, CancellationToken, Task<ReadOnlyMemory<byte>>> sign, ServerCallContext context)
    {
        var order = new SigningOrder
        {
            Image = request.Image,
            IsNotation = request.Format == SignImageRequest.Types.Format.Notation,
            Certificates = Encoding.UTF8.GetString(request.Certificates.Span),
            Annotations = request.Annotations,
            AsReferrer = request.Referrer,
            IsLocal = request.Local,
            Lifetime = request.ExpiresAfterSeconds == 0 ? null : TimeSpan.FromSeconds(Math.Min(request.ExpiresAfterSeconds, int.MaxValue)),
        };
        var signed = await new ImageSigner(images.Store, images.Puller, images.Trust.Trust.Time).SignAsync(order, key, sign, context.CancellationToken).ConfigureAwait(false);
        await rooms.Events.TellDurably("image.sign", ("image", signed.Image), ("place", signed.Place), ("key", signed.KeyId)).ConfigureAwait(false);
        return new SignImageResponse { Image = signed.Image, Place = signed.Place, KeyId = signed.KeyId, PublicKey = ByteString.CopyFrom(key.Spki.Span) };
    }

    private static SignatureDemand DemandOf(UnsignedArtifact unsigned) => new()
    {
        Message = ByteString.CopyFrom(unsigned.Message.Span),
        Form = unsigned.Scheme.Form switch
        {
            SignatureForm.EcdsaDer => SignatureDemand.Types.Form.EcdsaDer,
            SignatureForm.EcdsaRaw => SignatureDemand.Types.Form.EcdsaRaw,
            SignatureForm.RsaPkcs1 => SignatureDemand.Types.Form.RsaPkcs1,
            SignatureForm.RsaPss => SignatureDemand.Types.Form.RsaPss,
            _ => SignatureDemand.Types.Form.Ed25519,
        },
        HashBits = unsigned.Scheme.Form == SignatureForm.Ed25519 ? 0u : unsigned.Scheme.Hash.Name switch
        {
            "SHA384" => 384u,
            "SHA512" => 512u,
            _ => 256u,
        },
    };

    private static RpcException Malformed(string what) => new(new Status(StatusCode.InvalidArgument, what));
}
