using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Keys;

/// <summary>
/// What a node wants to have signed is looked at before a key that is held elsewhere signs it: it must be the statement of the format that was asked
/// for, about one image. Else a node could have anything signed.
/// </summary>
internal static class SignatureContent
{
    private const int Deep = 16;

    /// <summary>The digest of the image that the message is about.</summary>
    /// <exception cref="CliFailure">It is about something else.</exception>
    internal static string DigestOf(SignatureDemand demand, bool isNotation)
    {
        try
        {
            using var json = JsonDocument.Parse(isNotation ? PayloadOf(demand.Message.ToStringUtf8()) : demand.Message.Memory, new JsonDocumentOptions { MaxDepth = Deep, AllowDuplicateProperties = false });
            return isNotation
                ? json.RootElement.GetProperty("targetArtifact").GetProperty("digest").GetString()!
                : json.RootElement.GetProperty("critical") is var critical && critical.GetProperty("type").GetString() == "cosign container image signature"
                    ? critical.GetProperty("image").GetProperty("docker-manifest-digest").GetString()!
                    : throw Refused("it is not what cosign signs");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Refused(e.Message, e);
        }
    }

    /// <summary>The second part of what a JWS signs (RFC 7515 §5.1).</summary>
    private static ReadOnlyMemory<byte> PayloadOf(string message)
    {
        var parts = message.Split('.');
        return parts.Length == 2 ? Base64Url.DecodeFromUtf8(Encoding.ASCII.GetBytes(parts[1])) : throw new FormatException("not two parts with a dot between them");
    }

    internal static CliFailure Refused(string why, Exception? cause = null) => new(
        $"the node asked for a signature over what is no statement about the image: {why}; nothing was signed", "see that skerry and skerryd are of one version, and who answers at the node's address", cause: cause);
}
