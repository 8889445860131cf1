using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Jails;

/// <summary>
/// Finds the libraries of a program as its loader would (ld.so(8)): what the file itself says, directories beside the program (so that a
/// package unpacked below some directory works without LD_LIBRARY_PATH), then those of the machine. A file for another machine is passed over.
/// </summary>
internal sealed class LibrarySearch
{
    private const int MostLibraries = 512;
    private const int MostConfiguration = 64 * 1024;
    private const int MostIncludes = 64;
    private readonly string _configuration;
    private readonly Dictionary<string, ElfFile> _read = new(StringComparer.Ordinal);

    /// <param name="configuration">The loader's list of directories (ldconfig(8)).</param>
    internal LibrarySearch(string configuration = "/etc/ld.so.conf") => _configuration = configuration;

    /// <summary>
    /// The files that programs and libraries need to be loaded, by the names under which they are asked for; the loader is among them.
    /// </summary>
    /// <param name="program">Resolved path of the program.</param>
    /// <param name="libraries">Resolved paths of libraries that it loads by itself.</param>
    /// <exception cref="IsolationException">One is missing or cannot be read; the message says which and who asks for it.</exception>
    internal IReadOnlyDictionary<string, string> Closure(string program, IEnumerable<string> libraries)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var first = Read(program);
        List<string> common = [.. Beside(program, first.Machine), .. Machine(first.Machine)];
        var open = new Queue<string>([program, .. libraries]);
        while (open.TryDequeue(out var path))
        {
            var file = Read(path);
            foreach (var name in file.Needed)
            {
                if (found.ContainsKey(name) || name == Path.GetFileName(first.Interpreter))
                {
                    continue;
                }

                if (found.Count == MostLibraries || name.Contains('/', StringComparison.Ordinal))
                {
                    throw new IsolationException($"jail of {program}: {path} asks for '{name}': more than {MostLibraries} libraries, or one by its path, is not taken into a jail");
                }

                var place = Find(name, first.Machine, [.. Expand(file.SearchPath, path), .. common])
                    ?? throw new IsolationException($"jail of {program}: the library {name}, which {path} needs, is not on this machine; install the package that has it");
                found.Add(name, place);
                open.Enqueue(place);
            }
        }

        if (first.Interpreter is { } loader)
        {
            found.Add(Path.GetFileName(loader), Loader(loader, common));
        }

        return found;
    }

    /// <summary>The loader that a program names; null: it is static.</summary>
    internal string? LoaderOf(string program) => Read(program).Interpreter;

    /// <summary>Directories of libraries below the directory that a program was unpacked to: two levels above bin, and one where that is not usr.</summary>
    internal static IEnumerable<string> Beside(string program, ushort machine)
    {
        var above = Path.GetDirectoryName(Path.GetDirectoryName(program)) ?? "/";
        IEnumerable<string> bases = Path.GetFileName(above) == "usr" ? [above, Path.GetDirectoryName(above)!] : [above];
        return bases.SelectMany(b => Names(machine).Select(n => Path.Combine(b, n)));
    }

    private static IEnumerable<string> Names(ushort machine) => machine switch
    {
        62 => ["lib/x86_64-linux-gnu", "lib64", "lib"],
        183 => ["lib/aarch64-linux-gnu", "lib64", "lib"],
        _ => ["lib64", "lib"],
    };

    private static IEnumerable<string> Expand(IReadOnlyList<string> path, string file)
    {
        var origin = Path.GetDirectoryName(file)!;
        return path
            .Select(entry => entry.Replace("${ORIGIN}", origin, StringComparison.Ordinal).Replace("$ORIGIN", origin, StringComparison.Ordinal))
            .Where(static entry => entry.StartsWith('/') && !entry.Contains('$', StringComparison.Ordinal));
    }

    private IEnumerable<string> Machine(ushort machine)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        return [.. Configured(_configuration, seen), .. Names(machine).SelectMany(static n => new[] { "/" + n, "/usr/" + n })];
    }

    private IEnumerable<string> Configured(string file, HashSet<string> seen)
    {
        if (seen.Count >= MostIncludes || !seen.Add(file) || !File.Exists(file) || new FileInfo(file).Length > MostConfiguration)
        {
            yield break;
        }

        foreach (var line in File.ReadLines(file))
        {
            var text = line.Split('#')[0].Trim();
            if (text.StartsWith('/'))
            {
                yield return text;
            }
            else if (text.StartsWith("include", StringComparison.Ordinal) && text[7..].Trim() is { Length: > 0 } pattern)
            {
                var whole = Path.Combine(Path.GetDirectoryName(file)!, pattern);
                var directory = Path.GetDirectoryName(whole)!;
                string[] included = Directory.Exists(directory) ? [.. Directory.EnumerateFiles(directory, Path.GetFileName(whole)).Order(StringComparer.Ordinal)] : [];
                foreach (var entry in included.SelectMany(f => Configured(f, seen)))
                {
                    yield return entry;
                }
            }
        }
    }

    private string? Find(string name, ushort machine, IEnumerable<string> directories)
    {
        foreach (var directory in directories)
        {
            if (HostPath.Resolve(Path.Combine(directory, name)) is { } place && File.Exists(place) && IsFor(place, machine))
            {
                return place;
            }
        }

        return null;
    }

    /// <summary>The C library and its loader must be of one release: where the one was unpacked beside the program, so was the other.</summary>
    private string Loader(string named, IEnumerable<string> directories)
    {
        var beside = directories.Select(d => HostPath.Resolve(Path.Combine(d, Path.GetFileName(named)))).FirstOrDefault(static p => p is not null);
        return beside ?? HostPath.Resolve(named) ?? throw new IsolationException($"the program loader {named} is not on this machine; install the C library that the program was built for");
    }

    private bool IsFor(string place, ushort machine)
    {
        try
        {
            return Read(place).Machine == machine;
        }
        catch (FormatException)
        {
            return false; // ld.so(8) passes over what it cannot read, and over libraries of other classes
        }
    }

    private ElfFile Read(string path)
    {
        if (!_read.TryGetValue(path, out var file))
        {
            file = ElfFile.Read(path);
            _read.Add(path, file);
        }

        return file;
    }
}
