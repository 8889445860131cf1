using Skerry.Node.Configuration;
using Tomlyn.Syntax;

namespace Skerry.Node.Policy;

/// <summary>
/// Reads a lattice from TOML. Every key is known here; whatever is wrong is told with file, line and key, and nothing of the file is used.
/// </summary>
internal sealed class LatticeFile
{
    private const string BuiltInName = "built in";
    private const int MostStrength = 1000;
    private static readonly string[] TierKeys = ["strength", "images", "overhead", "tee", "kvm"];
    private static readonly string[] TopKeys = ["auto_minimum", "auto_prefers", "trusted_tier"];

    private readonly string _source;
    private readonly List<TierRule> _tiers = [];
    private readonly List<(DeviceClass Class, TomlTableView Table)> _classes = [];

    private LatticeFile(string source) => _source = source;

    /// <summary>The text of the lattice that is built in.</summary>
    internal static string BuiltIn { get; } = ReadResource();

    /// <summary>The lattice of a file, or the one built in where there is no such file.</summary>
    /// <exception cref="ConfigurationException">It is wrong, or cannot be read.</exception>
    internal static Lattice Open(string path) => Path.Exists(path) ? Parse(NodeConfiguration.ReadText(path), path) : Parse(BuiltIn, BuiltInName);

    /// <summary>The lattice of a text.</summary>
    /// <exception cref="ConfigurationException">It is wrong.</exception>
    internal static Lattice Parse(string text, string source) => new LatticeFile(source).Read(text);

    private Lattice Read(string text)
    {
        var document = TomlText.Parse(text, _source);
        var top = new TomlTableView(_source, "the file", 1, document.KeyValues);
        top.Only(TopKeys);
        foreach (var table in document.Tables)
        {
            Take(table);
        }

        if (_tiers.Count == 0 || _classes.Count == 0)
        {
            throw top.Wrong("the file", $"has no [{(_tiers.Count == 0 ? "tier.NAME]" : "[class]]")}: it must hold a whole lattice; start from the one that 'skerry node --lattice' prints");
        }

        var lattice = new Lattice
        {
            Source = _source,
            Text = text,
            AutoMinimum = Known(top, "auto_minimum"),
            PrefersStrength = top.OneOf("auto_prefers", "speed", "strength") == "strength",
            TrustedTier = Known(top, "trusted_tier"),
            Tiers = [.. _tiers.OrderBy(static t => t.Strength).ThenBy(static t => t.Name, StringComparer.Ordinal)],
            Classes = [.. _classes.Select(static c => c.Class)],
        };
        foreach (var (one, table) in _classes)
        {
            foreach (var name in one.Order)
            {
                _ = lattice.Find(name) ?? throw table.Wrong("order", $"names '{name}', and there is no [tier.{name}]");
            }
        }

        if (_classes[^1].Class is { CoresAbove: null, CoresFrom: null, CoresBelow: null, MemoryFrom: null, MemoryBelow: null, Kvm: null })
        {
            return lattice;
        }

        throw _classes[^1].Table.Wrong("name", "the last class must have no conditions, so that every device is of some class");
    }

    private void Take(TableSyntaxBase table)
    {
        var line = table.Span.Start.Line + 1;
        var name = table.Name?.ToString().Trim() ?? string.Empty;
        if (table is TableArraySyntax && name == "class")
        {
            _classes.Add(ReadClass(new TomlTableView(_source, "[[class]]", line, table.Items)));
            return;
        }

        if (table is not TableSyntax || !name.StartsWith("tier.", StringComparison.Ordinal) || name.AsSpan("tier.".Length).ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789-") || name.Length == "tier.".Length)
        {
            throw new ConfigurationException($"{_source}: line {line}: '{name}' is no table of a lattice; there are [tier.NAME] and [[class]]");
        }

        var view = new TomlTableView(_source, $"[{name}]", line, table.Items);
        view.Only(TierKeys);
        var tier = name["tier.".Length..];
        if (_tiers.Exists(t => t.Name == tier))
        {
            throw view.Wrong(name, "is there twice");
        }

        _tiers.Add(new TierRule(
            tier,
            (int)view.Number("strength", 1, MostStrength),
            view.Texts("images").Aggregate(ImageKinds.None, (all, one) => all | Kind(view, one)),
            view.Has("overhead") ? view.Bytes("overhead") : 0,
            view.Has("tee") ? view.Texts("tee").Aggregate(TeeKinds.None, (all, one) => all | Tee(view, one)) : TeeKinds.None,
            view.Has("kvm") && view.Flag("kvm")));
    }

    private (DeviceClass Class, TomlTableView Table) ReadClass(TomlTableView view)
    {
        view.Only(["name", "cores_above", "cores_from", "cores_below", "memory_from", "memory_below", "kvm", "order", "vmm"]);
        var order = view.Texts("order");
        if (order.Count == 0 || order.Distinct(StringComparer.Ordinal).Count() != order.Count)
        {
            throw view.Wrong("order", "takes one tier or more, each once");
        }

        return (
            new DeviceClass
            {
                Name = view.Text("name"),
                CoresAbove = view.Cores("cores_above"),
                CoresFrom = view.Cores("cores_from"),
                CoresBelow = view.Cores("cores_below"),
                MemoryFrom = view.Has("memory_from") ? view.Bytes("memory_from") : null,
                MemoryBelow = view.Has("memory_below") ? view.Bytes("memory_below") : null,
                Kvm = view.Has("kvm") ? view.Flag("kvm") : null,
                Order = order,
                Vmm = view.Has("vmm") ? view.OneOf("vmm", "full", "small") : string.Empty,
            },
            view);
    }

    private string Known(TomlTableView view, string key)
    {
        var name = view.Text(key);
        return _tiers.Exists(t => t.Name == name) ? name : throw view.Wrong(key, $"names '{name}', and there is no [tier.{name}]");
    }

    private static ImageKinds Kind(TomlTableView view, string name) => name switch
    {
        "container" => ImageKinds.Container,
        "wasm" => ImageKinds.Wasm,
        "unikernel" => ImageKinds.Unikernel,
        _ => throw view.Wrong("images", $"takes container, wasm and unikernel, not '{name}'"),
    };

    private static TeeKinds Tee(TomlTableView view, string name) =>
        name.Length > 0 && TeeNames.Parse(name) is { } kind ? kind : throw view.Wrong("tee", $"takes {TeeNames.Allowed}, not '{name}'");

    private static string ReadResource()
    {
        using var stream = typeof(LatticeFile).Assembly.GetManifestResourceStream("Skerry.Node.Policy.tiers.toml")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
