using System.Globalization;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// Turns <c>user[:group]</c> into ids by the image's own /etc/passwd and /etc/group. The files are hostile: they are
/// opened inside the root only (openat2, RESOLVE_IN_ROOT), must be regular files, are read up to a bound, and a line
/// that is not well formed is passed over. Ids that no user namespace could map are refused.
/// </summary>
internal sealed class UserResolver
{
    /// <summary>Most bytes of a file that are looked at: an image's passwd has a few kB, a whole university's a few MB.</summary>
    public const int MaxFileBytes = 4 << 20;

    private const int MaxGroups = 1024; // far below NGROUPS_MAX 65536 (linux/limits.h)

    private readonly Func<string, string?> _read;

    private UserResolver(Func<string, string?> read) => _read = read;

    /// <summary>Reads inside a mounted root.</summary>
    public static UserResolver InRoot(string rootfs) => new(path => ReadInRoot(rootfs, path));

    /// <summary>Reads from given texts.</summary>
    public static UserResolver From(string? passwd, string? group) => new(path => path == "etc/passwd" ? passwd : group);

    /// <summary>
    /// Resolves by docker's rules: a name is looked up, then a number taken as it is; without a group the user's own
    /// from passwd (else 0) and the groups that list the user; with one, that group alone.
    /// </summary>
    /// <param name="wanted">The spec's or the image's user; empty is root.</param>
    /// <param name="supplemental">Further groups of the spec.</param>
    /// <exception cref="SpecRefusedException">A name the image does not have, or an id out of range.</exception>
    public ResolvedUser Resolve(string wanted, IReadOnlyList<uint> supplemental)
    {
        if (wanted.Any(char.IsControl) || wanted.Length > 512)
            throw new SpecRefusedException("user", "the user has control characters or more than 512 characters", "write user[:group]");
        var colon = wanted.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? wanted : wanted[..colon];
        var group = colon < 0 ? "" : wanted[(colon + 1)..];
        if (group.Contains(':', StringComparison.Ordinal))
            throw new SpecRefusedException("user", $"\"{wanted}\" has more than one colon", "write user[:group]");

        var (uid, gid, home, login) = FindUser(name);
        IEnumerable<uint> groups = [];
        if (group.Length > 0)
            gid = FindGroup(group);
        else if (login is not null)
            groups = GroupsOf(login).Where(g => g != gid);
        List<uint> all = [.. groups.Concat(supplemental).Distinct()];
        if (all.Count > MaxGroups)
            throw new SpecRefusedException("user", $"{wanted} is in {all.Count} groups, more than {MaxGroups}", "use a user with fewer groups");
        return new(uid, gid, all, home);
    }

    private (uint Uid, uint Gid, string Home, string? Login) FindUser(string name)
    {
        var number = name.Length == 0 ? 0u : Number(name);
        foreach (var fields in Lines("etc/passwd", 7))
        {
            if (!uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var uid)
                || !uint.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var gid)
                || uid == uint.MaxValue || gid == uint.MaxValue)
                continue;
            if (fields[0] == name && name.Length > 0)
                return (uid, gid, Home(fields[5]), fields[0]);
        }

        if (number is not { } id)
            throw new SpecRefusedException("user", $"the image's /etc/passwd has no user \"{name}\"", "use a name that it has, or a number");
        foreach (var fields in Lines("etc/passwd", 7))
        {
            if (uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var uid) && uid == id
                && uint.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var gid) && gid != uint.MaxValue)
                return (id, gid, Home(fields[5]), fields[0]);
        }

        return (id, 0, id == 0 ? "/root" : "/", null);
    }

    private uint FindGroup(string group)
    {
        foreach (var fields in Lines("etc/group", 3))
        {
            if (fields[0] == group && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var gid) && gid != uint.MaxValue)
                return gid;
        }

        return Number(group) ?? throw new SpecRefusedException("user", $"the image's /etc/group has no group \"{group}\"", "use a name that it has, or a number");
    }

    private IEnumerable<uint> GroupsOf(string login)
    {
        foreach (var fields in Lines("etc/group", 4))
        {
            if (fields[3].Split(',').Contains(login, StringComparer.Ordinal)
                && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var gid) && gid != uint.MaxValue)
                yield return gid;
        }
    }

    /// <summary>4294967295 is (uid_t)-1, "no change" to the kernel (setresuid(2)).</summary>
    private static uint? Number(string text)
    {
        if (text.Length == 0 || !text.All(char.IsAsciiDigit))
            return null;
        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < int.MaxValue
            ? id
            : throw new SpecRefusedException("user", $"id {text} is out of range", $"use an id below {int.MaxValue}");
    }

    private static string Home(string home) =>
        home.StartsWith('/') && home.Length < 4096 && !home.Any(char.IsControl) ? home : "/";

    private IEnumerable<string[]> Lines(string path, int fields)
    {
        var text = _read(path);
        if (text is null)
            yield break;
        foreach (var line in text.Split('\n'))
        {
            var parts = line.TrimEnd('\r').Split(':');
            if (parts.Length >= fields && parts[0].Length > 0 && parts[0][0] != '#')
                yield return parts;
        }
    }

    private static string? ReadInRoot(string rootfs, string path)
    {
        using var root = FileCalls.Open(null, rootfs, OpenFlags.Directory | OpenFlags.Path);
        // Non-blocking: an image may hold a FIFO there, which would hold up the open for ever.
        var (opened, error) = FileCalls.OpenInRoot(root, path, OpenFlags.Read | OpenFlags.NonBlock);
        if (opened is null)
        {
            return error is Errno.ENOENT or Errno.ENOTDIR
                ? null
                : throw new SpecRefusedException("user", $"the image's /{path} cannot be read: {error}", "give the user as numbers, uid:gid, in an image whose file is sound");
        }

        using (opened)
        {
            var status = FileCalls.Status(opened);
            if (status.Kind != FileKind.Regular)
                throw new SpecRefusedException("user", $"the image's /{path} is not a regular file", "use an image whose file is sound");
            if (status.Size > MaxFileBytes)
                throw new SpecRefusedException("user", $"the image's /{path} has {status.Size} bytes, more than {MaxFileBytes}", "use an image whose file is sound");
            var bytes = new byte[(int)status.Size];
            using var handle = opened.ToFileHandle();
            var read = 0;
            while (read < bytes.Length)
            {
                var more = RandomAccess.Read(handle, bytes.AsSpan(read), read);
                if (more == 0)
                    break;
                read += more;
            }

            return Encoding.Latin1.GetString(bytes, 0, read);
        }
    }
}
