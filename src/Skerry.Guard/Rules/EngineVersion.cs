using System.Globalization;

namespace Skerry.Guard.Rules;

/// <summary>A version of the rule engine, or of a plugin, in the form x.y.z.</summary>
/// <param name="Major">Changes when old rules no longer load.</param>
/// <param name="Minor">Grows with what rules can say.</param>
/// <param name="Patch">Anything else.</param>
public readonly record struct EngineVersion(int Major, int Minor, int Patch) : IComparable<EngineVersion>
{
    /// <summary>The version of Falco's engine whose rules this one understands.</summary>
    public static EngineVersion Current { get; } = new(0, 63, 0);

    /// <summary>Reads "0.57.0".</summary>
    public static bool TryParse(string text, out EngineVersion version)
    {
        version = default;
        var core = text.Split(['-', '+'], 2)[0].Split('.');
        if (core.Length != 3)
        {
            return false;
        }

        Span<int> parts = stackalloc int[3];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(core[i], NumberStyles.None, CultureInfo.InvariantCulture, out parts[i]))
            {
                return false;
            }
        }

        version = new EngineVersion(parts[0], parts[1], parts[2]);
        return true;
    }

    /// <summary>True where something that requires a version is content with this one.</summary>
    public bool Satisfies(EngineVersion required) => Major == required.Major && CompareTo(required) >= 0;

    /// <inheritdoc/>
    public int CompareTo(EngineVersion other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}");
}
