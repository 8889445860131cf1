using System.Security.Cryptography;

namespace Skerry.Node.Pods;

/// <summary>Names and ids of pods and containers.</summary>
internal static class PodNames
{
    private const int MostCharacters = 63;

    private static readonly string[] First =
        ["amber", "bold", "brisk", "calm", "clear", "crisp", "deft", "eager", "firm", "fleet", "grey", "keen", "lone", "lucid", "mild", "neat",
         "pale", "prime", "quick", "quiet", "rapid", "sharp", "slate", "solid", "spare", "stark", "steady", "still", "swift", "tidal", "vivid", "wry"];

    private static readonly string[] Second =
        ["auk", "bay", "beacon", "buoy", "cairn", "cape", "cliff", "cove", "dune", "ebb", "eider", "fjord", "gannet", "gull", "harbour", "heron",
         "holm", "inlet", "islet", "kelp", "kite", "lagoon", "mole", "petrel", "pier", "reef", "sound", "spit", "stack", "tern", "tide", "voe"];

    /// <summary>64 random hex digits.</summary>
    internal static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>Two words and four hex digits.</summary>
    internal static string NewName() =>
        $"{First[RandomNumberGenerator.GetInt32(First.Length)]}-{Second[RandomNumberGenerator.GetInt32(Second.Length)]}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(2))}";

    /// <summary>What is wrong with a name (RFC 1123 label), or null.</summary>
    internal static string? Fault(string name)
    {
        if (name.Length is 0 or > MostCharacters)
        {
            return $"a name has 1 to {MostCharacters} characters, this one {name.Length}";
        }

        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_' or '.') || (i == 0 && c is '-' or '.' or '_') || (i == name.Length - 1 && c is '-' or '.'))
            {
                return $"'{name}': character {i + 1} ('{c}'): a name is lower-case letters, digits, '-', '_' and '.', and begins and ends with a letter or digit";
            }
        }

        return null;
    }
}
