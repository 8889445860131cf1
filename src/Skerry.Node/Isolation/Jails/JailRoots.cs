using System.Security.Cryptography;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Jails;

/// <summary>
/// Makes and keeps the roots of jailed programs: each a directory NAME-HASH with the program, its loader, its libraries and its data, and
/// nothing else. The hash is that of the sources' identities, so an upgraded package gives a new root and running jails keep theirs.
/// </summary>
/// <remarks>
/// Safe for any thread. All libraries lie in /lib, where every loader looks: lib64, usr/lib and usr/lib64 are links to it. A container that uses
/// a root says so in its bundle (<see cref="Mark"/>); what no bundle names is swept.
/// </remarks>
internal sealed class JailRoots
{
    private const string Mine = ".new-";
    private const string MarkFile = "jail";
    private static readonly string[] Directories = ["bin", "dev", "etc", "lib", "proc", "run", "sys", "tmp", "usr", "var"];
    private static readonly (string Name, string Target)[] Links =
        [("lib64", "lib"), ("sbin", "bin"), ("usr/bin", "../bin"), ("usr/sbin", "../bin"), ("usr/lib", "../lib"), ("usr/lib64", "../lib")];

    private readonly string _directory;
    private readonly Lock _lock = new(); // guards _known, and that one root is made at a time
    private readonly Dictionary<string, (IReadOnlyList<JailSource> Sources, JailRoot Root)> _known = new(StringComparer.Ordinal);

    /// <param name="directory">Below the node's root; made when it is not there.</param>
    internal JailRoots(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>
    /// The root of a program: the one that is there, when every source is as it was; else a new one.
    /// <list type="number">
    /// <item>Find the sources: program, loader, libraries, data.</item>
    /// <item>Copy them to a directory with a name of its own.</item>
    /// <item>Look again whether they are the same; bring all to the medium.</item>
    /// <item>Rename it to its name.</item>
    /// </list>
    /// A crash leaves at most a directory that the next call removes.
    /// </summary>
    /// <exception cref="IsolationException">A source is missing, is no program or library, or changed while it was copied.</exception>
    internal JailRoot Ensure(JailProgram program)
    {
        lock (_lock)
        {
            var asked = program.ToString();
            if (_known.TryGetValue(asked, out var known) && known.Sources.All(static s => s.IsUnchanged) && Directory.Exists(known.Root.Directory))
            {
                return known.Root;
            }

            // 1. sources
            IReadOnlyList<JailSource> sources;
            try
            {
                sources = Sources(program);
            }
            catch (Exception error) when (error is FormatException or UnauthorizedAccessException)
            {
                throw NoProgram(error);
            }

            var name = NameOf(program, sources);
            var root = new JailRoot(name, Path.Combine(_directory, name), program.Inside);
            if (!Directory.Exists(root.Directory))
            {
                Make(program, sources, root);
            }

            _known[asked] = (sources, root);
            return root;
        }
    }

    /// <summary>Notes in a container's bundle that it uses a root.</summary>
    internal static void Mark(string bundle, JailRoot root) => File.WriteAllText(Path.Combine(bundle, MarkFile), root.Name);

    /// <summary>The name of the root that a bundle uses; null: none.</summary>
    internal static string? MarkOf(string bundle)
    {
        var mark = Path.Combine(bundle, MarkFile);
        return File.Exists(mark) ? File.ReadAllText(mark) : null;
    }

    /// <summary>Removes roots that no bundle names and that nobody has asked for since this object was made.</summary>
    /// <param name="bundles">Directory of the bundles.</param>
    /// <param name="further">Bundles that are elsewhere.</param>
    /// <returns>The names of those removed.</returns>
    internal IReadOnlyList<string> Sweep(string bundles, params IEnumerable<string> further)
    {
        lock (_lock)
        {
            var used = _known.Values.Select(static k => k.Root.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var bundle in further.Concat(Directory.Exists(bundles) ? Directory.EnumerateDirectories(bundles) : []))
            {
                if (MarkOf(bundle) is { } name)
                {
                    used.Add(name);
                }
            }

            List<string> gone = [.. Directory.EnumerateDirectories(_directory).Select(static d => Path.GetFileName(d)!).Where(n => !used.Contains(n))];
            using var here = FileCalls.Open(null, _directory, OpenFlags.Directory);
            gone.ForEach(n => TreeRemoval.Remove(here, n));
            return gone;
        }
    }

    /// <summary>What names a program names something else, as a script that starts it is.</summary>
    internal static IsolationException NoProgram(Exception error) =>
        new($"jail: {error.Message}; a program or library is taken into a jail, and not a script that starts it: name the program itself in skerry.toml", error);

    private static List<JailSource> Sources(JailProgram program)
    {
        var search = new LibrarySearch();
        var path = Resolve(program.Path);
        List<string> libraries = [.. program.Libraries.Select(Resolve)];
        List<JailSource> sources = [JailSource.Of(program.Inside, path)];
        sources.AddRange(program.Programs.Select(static p => JailSource.Of(ContainerPath.Clean("jail", p.Destination), Resolve(p.Source))));
        List<string> loaded = [.. libraries];
        foreach (var (destination, source) in program.Files)
        {
            var place = Resolve(source);
            sources.Add(JailSource.Of(ContainerPath.Clean("jail", destination), place));
            if (place.EndsWith(".so", StringComparison.Ordinal))
            {
                loaded.Add(place);
            }
        }

        sources.AddRange(program.Libraries.Zip(libraries, static (asked, place) => JailSource.Of("/lib/" + Path.GetFileName(asked), place)));
        var loader = search.LoaderOf(path);
        foreach (var (name, place) in search.Closure(path, loaded).OrderBy(static f => f.Key, StringComparer.Ordinal))
        {
            var destination = loader is not null && name == Path.GetFileName(loader) && !IsLinked(loader) ? loader : "/lib/" + name;
            if (sources.TrueForAll(s => s.Destination != destination))
            {
                sources.Add(JailSource.Of(destination, place));
            }
        }

        return sources;
    }

    private static bool IsLinked(string loader) => Path.GetDirectoryName(loader) is "/lib" or "/lib64" or "/usr/lib" or "/usr/lib64";

    private static string Resolve(string path) => HostPath.Resolve(path)
        ?? throw new IsolationException($"jail: there is no {path} on this machine; install what it belongs to, or correct the configuration");

    private static string NameOf(JailProgram program, IReadOnlyList<JailSource> sources)
    {
        var text = new StringBuilder();
        foreach (var source in sources)
        {
            text.Append(source.Destination).Append('\0').Append(source.Path).Append('\0').Append(source.Identity).Append('\n');
        }

        foreach (var place in program.Places)
        {
            text.Append(place).Append('\n');
        }

        return $"{program.Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16]}";
    }

    private void Make(JailProgram program, IReadOnlyList<JailSource> sources, JailRoot root)
    {
        // 2. copy
        var part = Mine + root.Name;
        var making = Path.Combine(_directory, part);
        using var parent = FileCalls.Open(null, _directory, OpenFlags.Directory);
        TreeRemoval.Remove(parent, part);
        Lay(making);
        foreach (var source in sources)
        {
            var target = Room(making, source.Destination);
            File.Copy(source.Path, target);
            var isProgram = source.Destination == root.Program || program.Programs.Any(p => p.Destination == source.Destination) || source.Destination.Contains("/ld-", StringComparison.Ordinal);
            File.SetUnixFileMode(target, isProgram ? Executable : Readable);
        }

        foreach (var place in program.Places)
        {
            File.WriteAllBytes(Room(making, ContainerPath.Clean("jail", place)), []);
        }

        // 3. the same still, and on the medium
        if (sources.FirstOrDefault(static s => !s.IsUnchanged) is { } changed)
        {
            TreeRemoval.Remove(parent, part);
            throw new IsolationException($"jail: {changed.Path} changed while it was copied; try again when its package is installed");
        }

        FileCalls.SyncFileSystem(parent);

        // 4. its name
        FileCalls.Rename(parent, part, parent, root.Name);
        FileCalls.Sync(parent);
    }

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static void Lay(string root)
    {
        Open(root);
        foreach (var name in Directories)
        {
            Open(Path.Combine(root, name));
        }

        foreach (var (name, target) in Links)
        {
            File.CreateSymbolicLink(Path.Combine(root, name), target);
        }
    }

    /// <summary>A path for a new file below a root that is being made; its directories are made. The root's own links lead back into it.</summary>
    private static string Room(string root, string destination)
    {
        var at = root;
        foreach (var part in destination.Split('/', StringSplitOptions.RemoveEmptyEntries)[..^1])
        {
            at = Path.Combine(at, part);
            if (!Directory.Exists(at))
            {
                Open(at);
            }
        }

        return Path.Combine(at, Path.GetFileName(destination));
    }

    /// <summary>A directory that every user of the jail may enter, whatever this process' mask of modes is.</summary>
    private static void Open(string directory)
    {
        Directory.CreateDirectory(directory);
        File.SetUnixFileMode(directory, Executable | UnixFileMode.UserWrite);
    }
}
