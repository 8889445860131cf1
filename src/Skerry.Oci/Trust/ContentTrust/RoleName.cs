namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>Names of roles, which are names of files too (theupdateframework/notary tuf/data/roles.go).</summary>
internal static class RoleName
{
    public const string Root = "root";
    public const string Timestamp = "timestamp";
    public const string Snapshot = "snapshot";
    public const string Targets = "targets";
    public const string Releases = "targets/releases";

    private const int MaxLength = 255;

    /// <summary>Refuses what could lead out of a directory.</summary>
    public static void Check(string name)
    {
        var bad = name.Length is 0 or > MaxLength || !name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-' or '.' or '/')
            || Array.Exists(name.Split('/'), static p => p.Length == 0 || p[0] == '.');
        if (bad)
        {
            throw new OciFormatException("role name", null, "not lower-case letters, digits, _ and -, in parts between slashes");
        }
    }

    /// <summary>The roles from <c>targets</c> to a delegated one, that one last.</summary>
    public static IReadOnlyList<string> Path(string role)
    {
        var parts = role.Split('/');
        return [.. parts.Select((_, i) => string.Join('/', parts.Take(i + 1)))];
    }
}
