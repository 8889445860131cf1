using Skerry.Oci.Trust;

namespace Skerry.Oci.Tests.Trust;

/// <summary>Flips bits of evidence, one at a time.</summary>
internal static class Flips
{
    /// <summary>Every byte of small evidence, about <paramref name="count"/> of large.</summary>
    public static IEnumerable<byte[]> Of(byte[] bytes, int count = 300)
    {
        var step = Math.Max(1, bytes.Length / count);
        for (var i = 0; i < bytes.Length; i += step)
        {
            var copy = (byte[])bytes.Clone();
            copy[i] ^= (byte)(1 << (i % 8));
            yield return copy;
        }
    }

    /// <summary>No flip throws; none is accepted, but for bytes that mean nothing, of which <paramref name="harmless"/> says where they are.</summary>
    public static void NoneIsTrusted(byte[] bytes, Func<byte[], Verdict> verify, Func<byte[], bool>? harmless = null)
    {
        foreach (var flipped in Of(bytes))
        {
            var verdict = verify(flipped);
            Assert.True(!verdict.IsTrusted || harmless?.Invoke(flipped) == true, verdict.ToString());
            Assert.NotEmpty(verdict.Steps);
        }
    }
}
