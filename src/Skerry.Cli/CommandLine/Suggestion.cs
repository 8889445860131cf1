namespace Skerry.Cli.CommandLine;

/// <summary>What was perhaps meant by a word that is unknown.</summary>
internal static class Suggestion
{
    private const int LongestWord = 64;

    /// <summary>The nearest of <paramref name="words"/>, if one is near: a third of its letters wrong at most, or the start of it.</summary>
    internal static string? Of(string word, IEnumerable<string> words)
    {
        if (word.Length > LongestWord)
        {
            return null;
        }

        string? best = null;
        var least = int.MaxValue;
        foreach (var candidate in words)
        {
            var distance = Distance(word, candidate);
            if (word.TrimStart('-').Length >= 2 && candidate.StartsWith(word, StringComparison.Ordinal))
            {
                distance = Math.Min(distance, 1);
            }

            if (distance < least && distance <= Math.Max(1, candidate.TrimStart('-').Length / 3))
            {
                (best, least) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>Edit distance in which swapping two neighbours counts once (optimal string alignment).</summary>
    internal static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            rows[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            rows[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1), rows[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[a.Length, b.Length];
    }
}
