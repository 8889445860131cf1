namespace Skerry.Runtime.Beneath;

/// <summary>
/// Finds the runtime beneath: crun, else runc, by trial. A verdict is kept below the root (<c>.crun</c>, <c>.runc</c>) and holds for this
/// boot and this file of the program, so that a call costs one small read. Which one made a container is told by where its state
/// is: ROOT/crun/ID or ROOT/runc/ID.
/// </summary>
internal sealed class RuntimeChoice(string root, FrontOptions options)
{
    /// <summary>In the order of preference.</summary>
    internal static readonly string[] Kinds = ["crun", "runc"];

    private readonly string _boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The runtime for a new container.</summary>
    /// <exception cref="RefusedException">None works; the message has the reason of each.</exception>
    internal RuntimeBeneath ForNew()
    {
        if (options.Runtime is { } wanted)
        {
            var path = wanted.Contains('/', StringComparison.Ordinal) ? System.IO.Path.GetFullPath(wanted) : Find(wanted);
            if (path is null || !File.Exists(path))
            {
                throw new RefusedException($"the runtime '{wanted}' that SKERRY_OCI_RUNTIME or runtime.conf names is not there");
            }

            var verdict = Verdict(KindOf(path), path);
            return verdict.Refusal.Length == 0 ? verdict : throw new RefusedException($"{verdict.Title} cannot be used: {verdict.Refusal}");
        }

        var reasons = new List<string>();
        foreach (var kind in Kinds)
        {
            if (Find(kind) is not { } path)
            {
                reasons.Add($"{kind} is not in PATH");
                continue;
            }

            var verdict = Verdict(kind, path);
            if (verdict.Refusal.Length == 0)
            {
                return verdict;
            }

            reasons.Add($"{verdict.Title}: {verdict.Refusal}");
        }

        throw new RefusedException($"no runtime beneath works: {string.Join("; ", reasons)}. Install crun or runc, or name one by SKERRY_OCI_RUNTIME");
    }

    /// <summary>A runtime that works in the caller's own view of the cgroups, whatever is preferred; null: there is none.</summary>
    internal RuntimeBeneath? Uncovered(string otherThan) =>
        Kinds.Where(kind => kind != otherThan).Select(kind => Find(kind) is { } path ? Verdict(kind, path) : null)
            .FirstOrDefault(verdict => verdict is { Refusal.Length: 0, NeedsCoveredUnified: false });

    /// <summary>The runtime that made this container, or null where there is no such container.</summary>
    internal RuntimeBeneath? ForExisting(string id)
    {
        foreach (var kind in Kinds)
        {
            if (Directory.Exists(System.IO.Path.Combine(root, kind, id)))
            {
                return OfKind(kind);
            }
        }

        return null;
    }

    /// <summary>Runtimes that have containers, or had.</summary>
    internal IEnumerable<RuntimeBeneath> InUse() =>
        Kinds.Where(kind => Directory.Exists(System.IO.Path.Combine(root, kind))).Select(OfKind);

    private RuntimeBeneath OfKind(string kind)
    {
        // The file that made the container, where it still is what it was; else what PATH has of the kind.
        if (Kept(kind) is { } kept && kept.Boot == _boot && Stamp(kept.Path) == kept.Stamp)
        {
            return kept;
        }

        var path = options.Runtime is { } wanted && wanted.Contains('/', StringComparison.Ordinal) && KindOf(wanted) == kind ? wanted : Find(kind);
        return path is null ? throw new RefusedException($"{kind}, which made this container, is not in PATH any more") : Verdict(kind, path);
    }

    private RuntimeBeneath Verdict(string kind, string path)
    {
        var stamp = Stamp(path);
        if (Kept(kind) is { } kept && kept.Path == path && kept.Stamp == stamp && kept.Boot == _boot)
        {
            return kept;
        }

        Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // A trial may enter a mount namespace: on a thread of its own, so that this one stays in the caller's.
        RuntimeBeneath? verdict = null;
        Exception? failure = null;
        var trial = new Thread(() =>
        {
            try
            {
                verdict = Trial.Run(root, new RuntimeBeneath { Kind = kind, Path = path, Stamp = stamp, Boot = _boot });
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidOperationException or FormatException)
            {
                failure = error;
            }
        });
        trial.Start();
        trial.Join();
        if (verdict is null)
        {
            throw new RefusedException($"the trial of {path} failed: {failure?.Message}");
        }

        var file = System.IO.Path.Combine(root, "." + kind);
        var partial = $"{file}.{Environment.ProcessId}";
        File.WriteAllText(partial, verdict.ToText());
        File.Move(partial, file, overwrite: true);
        return verdict;
    }

    private RuntimeBeneath? Kept(string kind)
    {
        try
        {
            return RuntimeBeneath.FromText(File.ReadAllText(System.IO.Path.Combine(root, "." + kind)));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string KindOf(string path)
    {
        var name = System.IO.Path.GetFileName(path);
        return name.Contains("crun", StringComparison.Ordinal)
            ? "crun"
            : name.Contains("runc", StringComparison.Ordinal)
                ? "runc"
                : throw new RefusedException($"'{path}' is neither a crun nor a runc by its name; Skerry knows how to speak to these two");
    }

    private static string Stamp(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? $"{file.Length} {file.LastWriteTimeUtc.Ticks}" : "";
    }

    private static string? Find(string name)
    {
        var search = Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        foreach (var directory in search.Split(':'))
        {
            // A relative entry would let the working directory choose the runtime.
            if (directory.StartsWith('/') && System.IO.Path.Combine(directory, name) is var file && File.Exists(file))
            {
                return file;
            }
        }

        return null;
    }
}
