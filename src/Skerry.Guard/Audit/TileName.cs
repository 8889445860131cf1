using System.Globalization;

namespace Skerry.Guard.Audit;

/// <summary>One file of a log (C2SP tlog-tiles): a tile of hashes at a level of the tree, or a bundle of entries.</summary>
/// <param name="Level">0 for hashes of entries, n for hashes of full tiles of level n - 1; <see cref="Entries"/> for a bundle.</param>
/// <param name="Index">Which of its level, from 0.</param>
/// <param name="Width">How many hashes or entries it has: <see cref="Full"/>, or fewer for the last of a level.</param>
public readonly record struct TileName(int Level, long Index, int Width)
{
    /// <summary>Hashes of a full tile, and entries of a full bundle.</summary>
    public const int Full = 256;

    /// <summary>Height of the subtree whose leaves fill a tile.</summary>
    public const int FullHeight = 8;

    /// <summary>Bytes of a full tile.</summary>
    public const int FullBytes = Full * TreeHash.Size;

    /// <summary>The level of bundles.</summary>
    public const int Entries = -1;

    private const string Format = "tile name";
    private const int DeepestLevel = 63;

    /// <summary>True for a tile or bundle that will not grow.</summary>
    public bool IsFull => Width == Full;

    /// <summary>The bundle, as part of a log of so many entries.</summary>
    public static TileName Bundle(long index, long size) => At(Entries, index, size);

    /// <summary>The tile or bundle of an index, as wide as it is in a log of so many entries. Width 0 where that log has none.</summary>
    public static TileName At(int level, long index, long size)
    {
        return new TileName(level, index, (int)Math.Clamp(Hashes(level, size) - (index * Full), 0, Full));
    }

    /// <summary>All files of a log of so many entries, from those that hold entry <paramref name="minimum"/> on.</summary>
    public static IEnumerable<TileName> All(long size, long minimum = 0)
    {
        for (var level = Entries; Hashes(level, size) is > 0 and var hashes; level++)
        {
            for (var index = Hashes(level, minimum) / Full; index * Full < hashes; index++)
            {
                yield return At(level, index, size);
            }
        }
    }

    /// <summary>How many hashes a level has in a log of so many entries.</summary>
    internal static long Hashes(int level, long size) => level <= 0 ? size : level < 8 ? size >> (8 * level) : 0;

    /// <summary>Reads a path below the log's directory.</summary>
    /// <exception cref="AuditFormatException">It is no such path.</exception>
    public static TileName Parse(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var width = Full;
        var whole = path;
        if (path.LastIndexOf(".p/", StringComparison.Ordinal) is >= 0 and var mark)
        {
            width = (int)Math.Min(Full, NoteText.Decimal(Format, "width", path[(mark + 3)..]));
            whole = path[..mark];
        }

        var parts = whole.Split('/');
        if (parts.Length is < 3 or > 9 || parts[0] != "tile" || width is 0 || (width == Full && path.Length != whole.Length))
        {
            throw new AuditFormatException(Format, $"'{path}' is not tile/LEVEL/INDEX");
        }

        var level = parts[1] == "entries" ? Entries : NoteText.Decimal(Format, "level", parts[1]);
        var index = 0L;
        for (var i = 2; i < parts.Length; i++)
        {
            var part = i < parts.Length - 1 && parts[i].StartsWith('x') ? parts[i][1..] : parts[i];
            if (part.Length != 3 || part.Any(static c => !char.IsAsciiDigit(c)) || (part.Length == parts[i].Length) != (i == parts.Length - 1))
            {
                throw new AuditFormatException(Format, $"'{path}' has an index that is not written in threes");
            }

            index = (index * 1000) + int.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture);
        }

        var name = new TileName((int)Math.Min(level, DeepestLevel + 1), index, width);
        return level <= DeepestLevel && name.ToString() == path ? name : throw new AuditFormatException(Format, $"'{path}' is not how that tile is called");
    }

    /// <summary>The path below the log's directory.</summary>
    public override string ToString()
    {
        var index = (Index % 1000).ToString("d3", CultureInfo.InvariantCulture);
        for (var rest = Index / 1000; rest > 0; rest /= 1000)
        {
            index = string.Create(CultureInfo.InvariantCulture, $"x{rest % 1000:d3}/{index}");
        }

        var level = Level == Entries ? "entries" : Level.ToString(CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"tile/{level}/{index}{(IsFull ? "" : $".p/{Width}")}");
    }
}
