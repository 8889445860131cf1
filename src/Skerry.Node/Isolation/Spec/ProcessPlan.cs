using Skerry.Contracts.Node.V1;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// What a container executes: arguments, environment and directory from the image and the spec, by docker's rules. Also
/// used for exec. Everything of the image is untrusted text that is passed on or refused, never interpreted.
/// </summary>
internal static class ProcessPlan
{
    /// <summary>PATH where an image sets none (the value docker, podman and containerd use).</summary>
    public const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Where <c>init: true</c> shows the init binary: on the container's own /dev, which no image controls.</summary>
    public const string InitDestination = "/dev/init";

    // Kernel: MAX_ARG_STRLEN is 32 pages (include/uapi/linux/binfmts.h); MAX_ARG_STRINGS is larger than any real use.
    private const int MaxStringLength = 131071;
    private const int MaxStrings = 4096;

    /// <summary>
    /// Spec entrypoint replaces the image's entrypoint and cmd; spec args replace the image's cmd only.
    /// </summary>
    /// <exception cref="SpecRefusedException">There is nothing to run, or a string that execve cannot take.</exception>
    public static IReadOnlyList<string> Arguments(ContainerSpec spec, ImageProcess image, string? initPath)
    {
        List<string> arguments = [];
        if (spec.Init)
        {
            if (initPath is null)
                throw new SpecRefusedException("init", "this node has no static init binary", "install tini or catatonit and restart skerryd, or leave init off");
            arguments.AddRange([InitDestination, "--"]);
        }

        var before = arguments.Count;
        if (spec.Entrypoint.Count > 0)
        {
            arguments.AddRange(spec.Entrypoint);
            arguments.AddRange(spec.Args);
        }
        else
        {
            arguments.AddRange(image.Entrypoint);
            arguments.AddRange(spec.Args.Count > 0 ? spec.Args : image.Cmd);
        }

        if (arguments.Count == before || arguments[before].Length == 0)
            throw new SpecRefusedException("args", "neither the image nor the spec names a program", "give a command");
        CheckStrings("args", arguments);
        return arguments;
    }

    /// <summary>Defaults, then the image's, then the spec's; the later of two equal keys wins, in the earlier's place.</summary>
    /// <exception cref="SpecRefusedException">An entry of the spec is not KEY=VALUE, or one that execve cannot take.</exception>
    public static IReadOnlyList<string> Environment(IEnumerable<string> image, IEnumerable<string> spec, bool tty, string hostname, string home)
    {
        var entries = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        Add(DefaultPath);
        if (hostname.Length > 0)
            Add("HOSTNAME=" + hostname);
        if (tty)
            Add("TERM=xterm");
        foreach (var entry in image)
        {
            // An image's malformed entry is left out, as docker does: an image must not be able to make a start fail late.
            if (entry.IndexOf('=', StringComparison.Ordinal) > 0 && !entry.Contains('\0', StringComparison.Ordinal))
                Add(entry);
        }

        Join(entries, spec);
        if (!entries.ContainsKey("HOME"))
            Add("HOME=" + home);
        CheckStrings("env", entries.Values);
        return [.. entries.Values];

        void Add(string entry) => entries[entry[..entry.IndexOf('=', StringComparison.Ordinal)]] = entry;
    }

    /// <summary>The container's own, then what an exec adds or changes.</summary>
    /// <param name="container">As <see cref="Environment"/> gave it.</param>
    /// <param name="added">Of the exec.</param>
    /// <param name="tty">It has a terminal, whose kind a program wants to know.</param>
    /// <param name="home">Where the exec's own user lives; null: it is the container's.</param>
    /// <exception cref="SpecRefusedException">An added entry is not KEY=VALUE, or one that execve cannot take.</exception>
    public static IReadOnlyList<string> ExecEnvironment(IEnumerable<string> container, IEnumerable<string> added, bool tty, string? home)
    {
        var entries = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        Join(entries, container);
        if (tty)
            entries.TryAdd("TERM", "TERM=xterm");
        if (home is not null)
            entries["HOME"] = "HOME=" + home;
        Join(entries, added);
        CheckStrings("env", entries.Values);
        return [.. entries.Values];
    }

    /// <summary>
    /// The spec's directory, else the image's, else <c>/</c>. Nothing under /proc: a leaked descriptor would be a way
    /// out of the root (CVE-2024-21626).
    /// </summary>
    /// <exception cref="SpecRefusedException">Not a clean absolute path, or under /proc.</exception>
    public static string WorkingDirectory(string spec, string image)
    {
        var wanted = spec.Length > 0 ? spec : image;
        if (wanted.Length == 0)
            return "/";
        if (!wanted.StartsWith('/'))
            wanted = "/" + wanted; // docker: relative to the root
        var clean = ContainerPath.Clean("working_dir", wanted);
        return ContainerPath.IsWithin(clean, "/proc")
            ? throw new SpecRefusedException("working_dir", $"{clean} is under /proc, through which a process can leave its root", "use another directory")
            : clean;
    }

    private static void Join(OrderedDictionary<string, string> entries, IEnumerable<string> further)
    {
        foreach (var entry in further)
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new SpecRefusedException("env", $"\"{entry}\" is not KEY=VALUE", "give the variable a value");
            entries[entry[..equals]] = entry;
        }
    }

    /// <exception cref="SpecRefusedException">More or longer strings than execve takes, or one with NUL.</exception>
    internal static void CheckStrings(string field, ICollection<string> strings)
    {
        if (strings.Count > MaxStrings)
            throw new SpecRefusedException(field, $"{strings.Count} entries are more than {MaxStrings}", "pass them in a file");
        foreach (var text in strings)
        {
            if (text.Contains('\0', StringComparison.Ordinal))
                throw new SpecRefusedException(field, "an entry has a NUL character", "remove it");
            if (System.Text.Encoding.UTF8.GetByteCount(text) > MaxStringLength)
                throw new SpecRefusedException(field, $"an entry is longer than {MaxStringLength} bytes, the kernel's limit", "pass it in a file");
        }
    }
}
