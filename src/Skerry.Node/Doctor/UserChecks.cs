using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Doctor;

/// <summary>Whether anybody else has ids of the range that pods get: whoever shares an id with a pod can read its files and signal its processes.</summary>
internal static class UserChecks
{
    internal static IEnumerable<Check> All(NodeOptions options) =>
    [
        new("user ids", () =>
        {
            var (first, end) = Range(options);
            List<Finding> found =
            [
                .. Subordinate("/etc/subuid", TextOf("/etc/subuid"), first, end),
                .. Subordinate("/etc/subgid", TextOf("/etc/subgid"), first, end),
                .. Accounts("/etc/passwd", TextOf("/etc/passwd"), first, end),
                .. Accounts("/etc/group", TextOf("/etc/group"), first, end),
            ];
            return found.Count > 0 ? found : [Check.Ok(FormattableString.Invariant($"pods get {first} to {end - 1}, which nobody else has"))];
        }),
    ];

    /// <summary>The first id of pods and the one behind the last.</summary>
    internal static (ulong First, ulong End) Range(NodeOptions options) =>
        (options.FirstUserId, options.FirstUserId + ((ulong)options.UserRanges * IdRange.DefaultCount));

    /// <summary>Judges the text of subuid(5): NAME:FIRST:COUNT.</summary>
    internal static IEnumerable<Finding> Subordinate(string file, string text, ulong first, ulong end)
    {
        foreach (var line in text.Split('\n'))
        {
            var fields = line.Split(':');
            if (fields.Length == 3
                && ulong.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
                && ulong.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                && start < end && start + count > first)
            {
                yield return Check.Warning(
                    FormattableString.Invariant($"{file} gives {fields[0]} ids {start} to {start + count - 1}, and pods get {first} to {end - 1}"),
                    "with no pods left, set users.first in skerry.toml to a range that nobody has, and restart skerryd");
            }
        }
    }

    /// <summary>Judges the text of passwd(5) or group(5): the id is the third field.</summary>
    internal static IEnumerable<Finding> Accounts(string file, string text, ulong first, ulong end)
    {
        foreach (var line in text.Split('\n'))
        {
            var fields = line.Split(':');
            if (fields.Length >= 4 && ulong.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id >= first && id < end)
            {
                yield return Check.Warning(
                    FormattableString.Invariant($"{fields[0]} in {file} has the id {id}, and pods get {first} to {end - 1}"),
                    "with no pods left, set users.first in skerry.toml to a range that nobody has, and restart skerryd");
            }
        }
    }

    private static string TextOf(string path) => File.Exists(path) ? File.ReadAllText(path) : string.Empty;
}
