using System.Globalization;
using System.Text;
using Skerry.Linux.Files;
using Skerry.Oci;
using Tomlyn;
using Tomlyn.Model;

namespace Skerry.Node.Configuration;

/// <summary>
/// Reads the configuration file. Every key is known here: one that is not is refused, because a misspelt security setting that is
/// silently ignored is worse than a daemon that says so.
/// </summary>
internal static class NodeConfiguration
{
    private const string DefaultFile = "/etc/skerry/skerry.toml";

    /// <summary>Below [runtime]: what is said of machines there, as containerd passes it to Kata, is said of them here.</summary>
    private const string KataTable = "config";

    private const int MostBytes = 1 << 20;

    /// <summary>The options from the flags, the file and the defaults, in this order of precedence.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read or understood.</exception>
    internal static NodeOptions Read(CommandLine line)
    {
        var file = line.Config ?? DefaultFile;
        var directory = Path.GetDirectoryName(file)!;
        var options = new NodeOptions
        {
            TiersFile = Path.Combine(directory, "policies", "tiers.toml"),
            TrustDirectory = Path.Combine(Path.GetFullPath(directory), "trust"),
            Guard = new GuardOptions { RuleFiles = [Path.Combine(directory, "rules", "*.yaml")] },
        };
        if (line.Config is not null || File.Exists(file))
        {
            options = Parse(ReadText(file), file, options);
        }

        return Checked(options with
        {
            Root = line.Root ?? options.Root,
            Run = line.Run ?? options.Run,
            Address = line.Address ?? options.Address,
        });
    }

    /// <summary>The node's places: they are its own, since it sets their modes and sweeps what it does not know.</summary>
    private static NodeOptions Checked(NodeOptions options)
    {
        var (root, run) = (Path.TrimEndingDirectorySeparator(options.Root), Path.TrimEndingDirectorySeparator(options.Run));
        if (root == "/" || run == "/" || root == run)
        {
            throw new ConfigurationException($"root is {root} and run is {run}: they are two directories of the node's own; give it others by --root and --run");
        }

        _ = NodeAddress.SocketPath(options);
        return options;
    }

    /// <summary>Applies the text of a file to options.</summary>
    internal static NodeOptions Parse(string text, string file, NodeOptions options)
    {
        TomlTable table;
        try
        {
            table = TomlSerializer.Deserialize(text, NodeTomlContext.Default.TomlTable) ?? [];
        }
        catch (TomlException error)
        {
            throw new ConfigurationException($"{file}: {error.Message}");
        }

        var lines = new TomlLines(text, file);
        foreach (var (section, content) in table)
        {
            if (content is not TomlTable keys)
            {
                throw new ConfigurationException($"{file}: '{section}' stands outside a table; the tables are [node], [api], [log], [audit], [metrics], [network], [runtime], [wasm], [microvm], [tiers], [trust], [users], [images], [guard], [record]");
            }

            foreach (var (key, value) in keys)
            {
                options = section == "runtime" && key == KataTable && value is TomlTable brought
                    ? brought.Aggregate(options, (sofar, one) => Apply(sofar, $"microvm.{one.Key}", one.Value, lines.PlaceOf($"{section}.{key}.{one.Key}")))
                    : Apply(options, $"{section}.{key}", value, lines.PlaceOf($"{section}.{key}"));
            }
        }

        if (options.Microvm is { EnableTemplate: true, Hypervisor: not (MicrovmOptions.Auto or "qemu") and var other })
        {
            throw new ConfigurationException($"{lines.PlaceOf("microvm.enable_template")}: 'microvm.enable_template' is for machines of QEMU, and hypervisor is \"{other}\": leave one of them out");
        }

        return options.Microvm is { CacheNumber: > 0, EnableTemplate: false }
            ? throw new ConfigurationException($"{lines.PlaceOf("microvm.vm_cache_number")}: 'microvm.vm_cache_number' needs enable_template = true: what waits for pods are copies of templates")
            : options;
    }

    /// <param name="options">So far.</param>
    /// <param name="key">With its table.</param>
    /// <param name="value">Its value.</param>
    /// <param name="file">File and line, for messages.</param>
    private static NodeOptions Apply(NodeOptions options, string key, object? value, string file) => key switch
    {
        "node.root" => options with { Root = AbsolutePath(value, key, file) },
        "node.run" => options with { Run = AbsolutePath(value, key, file) },
        "api.address" => options with { Address = Text(value, key, file) },
        "api.group" => options with { SocketGroup = Text(value, key, file) },
        "log.level" => options with { LogLevel = Level(value, key, file) },
        "log.json" => options with { LogAsJson = Flag(value, key, file) },
        "log.container_max_size" => options with { LogSizeMax = Bytes(value, key, file) },
        "metrics.address" => options with { MetricsAddress = Text(value, key, file) },
        "metrics.otlp_endpoint" => options with { OtlpEndpoint = Text(value, key, file) },
        "audit.origin" => options with { AuditOrigin = KeyName(value, key, file) },
        "audit.keep" => options with { AuditKeep = Bytes(value, key, file) },
        "network.default" => options with { DefaultNetwork = Text(value, key, file) },
        "network.cni_config" => options with { CniConfigDirectory = Text(value, key, file) },
        "network.cni_plugins" => options with { CniPluginDirectories = Texts(value, key, file) },
        "network.subnet" => options with { Subnet = Text(value, key, file) },
        "network.subnet6" => options with { Subnet6 = Text(value, key, file) },
        "runtime.runtime_type" => value is "kata" ? options : throw new ConfigurationException(
            $"{file}: '{key}' takes \"kata\" and says that [runtime.config] is about machines; what pods run in is said by --tier, or by the lattice"),
        "runtime.path" => options with { Runtime = Text(value, key, file) },
        "runtime.sandbox" => options with { Sandbox = Text(value, key, file) },
        "runtime.wasm" => options with { Wasm = Text(value, key, file) },
        "wasm.sockets" => options with { WasmSockets = Flag(value, key, file) },
        "wasm.code_max" => options with { WasmCodeMax = Bytes(value, key, file) },
        "runtime.qemu" => options with { Qemu = Text(value, key, file) },
        "runtime.firecracker" => options with { Firecracker = Text(value, key, file) },
        "runtime.solo5" => options with { Solo5 = Text(value, key, file) },
        "runtime.monitor" => options with { MonitorPath = Text(value, key, file) },
        "runtime.init" => options with { Inits = [Text(value, key, file)] },
        _ when key.StartsWith("microvm.", StringComparison.Ordinal) => options with { Microvm = MicrovmConfiguration.Apply(options.Microvm, key, value, file) },
        _ when key.StartsWith("record.", StringComparison.Ordinal) => options with { Record = RecordConfiguration.Apply(options.Record, key, value, file) },
        _ when key.StartsWith("guard.", StringComparison.Ordinal) => options with { Guard = GuardConfiguration.Apply(options.Guard, key, value, file) },
        "tiers.file" => options with { TiersFile = Text(value, key, file) },
        "tiers.trusted" => options with { TrustedImages = Texts(value, key, file) },
        "trust.directory" => options with { TrustDirectory = AbsolutePath(value, key, file) },
        "users.first" => options with { FirstUserId = (uint)Number(value, key, file, 65536, int.MaxValue) },
        "users.ranges" => options with { UserRanges = (int)Number(value, key, file, 1, 30000) },
        "images.plain_http" => options with { PlainHttpRegistries = Texts(value, key, file) },
        "images.ca_files" => options with { RegistryCaFiles = Texts(value, key, file) },
        "images.auth_file" => options with { RegistryAuthFile = Text(value, key, file) },
        "images.quota" => options with { ImageQuota = Bytes(value, key, file) },
        "images.reserve" => options with { ImageReserve = Bytes(value, key, file) },
        "images.keep_blobs" => options with { KeepImageBlobs = Flag(value, key, file) },
        "images.scrub" => options with { ImageScrubEvery = Every(value, key, file) },
        "images.scrub_rate" => options with { ImageScrubRate = Bytes(value, key, file) is >= 1 << 16 and var rate ? rate : throw Wrong(key, file, "bytes a second, from \"64Ki\" on") },
        "images.mirrors" => options with { Mirrors = Mirrors(value, key, file) },
        _ => throw new ConfigurationException($"{file}: unknown key '{key}'; deploy/skerry.toml shows every key"),
    };

    /// <summary>The text of a file that the owner of the node writes.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, is no file, or is too long to be one of his.</exception>
    internal static string ReadText(string file)
    {
        try
        {
            return Encoding.UTF8.GetString(RegularFile.Read(file, MostBytes)).TrimStart('\uFEFF');
        }
        catch (IOException error)
        {
            throw new ConfigurationException($"{file}: {error.Message}");
        }
    }

    internal static string Text(object? value, string key, string file) =>
        value is string { Length: > 0 } text ? text : throw Wrong(key, file, "a text in quotes");

    private static string KeyName(object? value, string key, string file) =>
        value is string { Length: > 0 and <= 128 } text && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/' or ':')
            ? text
            : throw Wrong(key, file, "a name like \"example.com/site-7/audit\"");

    internal static string AbsolutePath(object? value, string key, string file) =>
        Text(value, key, file) is var path && path.StartsWith('/') ? path : throw Wrong(key, file, "a path that begins with /");

    internal static string OneOf(object? value, string key, string file, params string[] allowed) =>
        value is string text && allowed.Contains(text, StringComparer.Ordinal) ? text : throw Wrong(key, file, $"one of \"{string.Join("\", \"", allowed)}\"");

    internal static bool Flag(object? value, string key, string file) => value is bool flag ? flag : throw Wrong(key, file, "true or false");

    internal static long Number(object? value, string key, string file, long least, long most) =>
        value is long number && number >= least && number <= most
            ? number
            : throw Wrong(key, file, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));

    private static LogLevel Level(object? value, string key, string file) => value switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "info" => LogLevel.Information,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => throw Wrong(key, file, "one of \"trace\", \"debug\", \"info\", \"warn\", \"error\""),
    };

    internal static long Bytes(object? value, string key, string file)
    {
        if (value is long number and >= 0)
        {
            return number;
        }

        return value is string text && ByteCount.TryParse(text, out var count) ? count.Bytes : throw Wrong(key, file, "bytes, such as 1073741824 or \"1Gi\"");
    }

    /// <summary>Kata's unit: a number is MiB; a text says its own.</summary>
    internal static long Mebibytes(object? value, string key, string file)
    {
        const long Least = 16;
        const long Most = 1 << 20;
        var bytes = value is long number and >= 0 and <= Most ? number << 20 : value is string text && ByteCount.TryParse(text, out var count) ? count.Bytes : -1;
        return bytes >= Least << 20 && bytes <= Most << 20 ? bytes : throw Wrong(key, file, string.Create(CultureInfo.InvariantCulture, $"MiB from {Least} to {Most}, or bytes such as \"128Mi\""));
    }

    /// <summary>How often: "7d", "12h"; null for "off".</summary>
    private static TimeSpan? Every(object? value, string key, string file)
    {
        const int MostDays = 3650;
        if (value is "off")
        {
            return null;
        }

        var unit = value is string { Length: > 1 } text ? text[^1] switch { 'd' => TimeSpan.FromDays(1), 'h' => TimeSpan.FromHours(1), _ => TimeSpan.Zero } : TimeSpan.Zero;
        return unit > TimeSpan.Zero && int.TryParse(((string)value!)[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 && count <= TimeSpan.FromDays(MostDays) / unit
            ? count * unit
            : throw Wrong(key, file, "a time such as \"7d\" or \"12h\", or \"off\"");
    }

    internal static IReadOnlyList<string> Texts(object? value, string key, string file) =>
        value is TomlArray array && array.All(static item => item is string)
            ? [.. array.Select(static item => (string)item!)]
            : throw Wrong(key, file, "a list of texts");

    private static Dictionary<string, IReadOnlyList<string>> Mirrors(object? value, string key, string file)
    {
        if (value is not TomlTable table)
        {
            throw Wrong(key, file, "a table: REGISTRY = [\"MIRROR\", …]");
        }

        return table.ToDictionary(static entry => entry.Key, entry => Texts(entry.Value, $"{key}.{entry.Key}", file));
    }

    private static ConfigurationException Wrong(string key, string file, string allowed) => new($"{file}: '{key}' takes {allowed}");
}
