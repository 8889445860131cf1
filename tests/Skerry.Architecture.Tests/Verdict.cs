namespace Skerry.Architecture.Tests;

/// <summary>Fails with every breach written out, one a line.</summary>
internal static class Verdict
{
    public static void None(IEnumerable<string> breaches)
    {
        var all = breaches.ToList();
        if (all.Count > 0)
        {
            Assert.Fail($"{all.Count} breach(es):\n{string.Join('\n', all)}");
        }
    }
}
