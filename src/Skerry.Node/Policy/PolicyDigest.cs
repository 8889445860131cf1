using System.Security.Cryptography;
using System.Text;
using Skerry.Oci;

namespace Skerry.Node.Policy;

/// <summary>By what it is told whether a policy is the one that was known.</summary>
internal static class PolicyDigest
{
    /// <summary>The digest of a text.</summary>
    internal static string Of(string text) => Digest.OfSha256(Encoding.UTF8.GetBytes(text)).ToString();

    /// <summary>A digest over names and contents, in their order.</summary>
    internal static string Of(IEnumerable<(string Name, byte[] Content)> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, content) in parts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name + "\0"));
            hash.AppendData(SHA256.HashData(content));
        }

        return Digest.OfHash(Digest.Sha256, hash.GetHashAndReset()).ToString();
    }
}
