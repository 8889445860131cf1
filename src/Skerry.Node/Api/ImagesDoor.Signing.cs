using System.Text;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Images.Trust;

namespace Skerry.Node.Api;

/// <summary>Signing. A key that comes in is used once and kept nowhere.</summary>
internal sealed partial class ImagesDoor
{
    public override async Task<SignImageResponse> Sign(SignImageRequest request, ServerCallContext context)
    {
        var order = new SigningOrder
        {
            Image = request.Image,
            IsNotation = request.Format == SignImageRequest.Types.Format.Notation,
            Key = request.Key.ToStringUtf8(),
            Password = request.Password,
            Certificates = Encoding.UTF8.GetString(request.Certificates.Span),
            Annotations = request.Annotations,
            AsReferrer = request.Referrer,
            IsLocal = request.Local,
            Lifetime = request.ExpiresAfterSeconds == 0 ? null : TimeSpan.FromSeconds(Math.Min(request.ExpiresAfterSeconds, int.MaxValue)),
        };
        var signed = await new ImageSigner(images.Store, images.Puller, images.Trust.Trust.Time).SignAsync(order, context.CancellationToken).ConfigureAwait(false);
        await rooms.Events.TellDurably("image.sign", ("image", signed.Image), ("place", signed.Place), ("key", signed.KeyId)).ConfigureAwait(false);
        return new SignImageResponse { Image = signed.Image, Place = signed.Place, KeyId = signed.KeyId };
    }
}
