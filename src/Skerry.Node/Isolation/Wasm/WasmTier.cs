using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.WebAssembly;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Wasm;

/// <summary>
/// WebAssembly under Wasmtime, in a jail of the process tier: the module has no system calls, only what WASI gives it, and what breaks out of
/// its memory still is in a container without privileges. Modules are compiled once, in a jail too, and never by this process.
/// </summary>
internal sealed class WasmTier : Tier
{
    internal const string TierName = "wasm";

    /// <summary>Annotation of a pod: how many steps each of its modules may take, about one an instruction; then it traps.</summary>
    internal const string FuelAnnotation = "skerry.io/wasm.fuel";

    /// <summary>What pods were given that an older version made; a new pod is refused it.</summary>
    private const string OldFuelAnnotation = "skerry.dev/wasm.fuel";

    private const string Library = "libwasmtime.so";
    private readonly WasmTierOptions _options;
    private readonly JailRoots _roots;
    private readonly WasmCodeStore _codes;
    private readonly WasmCompileJail _compiler;
    private volatile Lazy<Task<TierVerdict>> _verdict;
    private readonly SemaphoreSlim _compiles = new(1, 1);

    // By image and path: an image's bytes never change. A module that is no longer known is hashed once more.
    private readonly ConcurrentDictionary<(string Image, string Path), WasmModule> _modules = new();

    internal WasmTier(ProcessIsolator isolator, WasmTierOptions options, JailRoots roots, WasmCodeStore codes, WasmCompileJail compiler)
    {
        Isolator = isolator;
        _options = options;
        _roots = roots;
        _codes = codes;
        _compiler = compiler;
        _verdict = Begin();
    }

    internal override string Name => TierName;

    internal override ProcessIsolator Isolator { get; }

    internal override bool ReadsImages => true;

    internal override Task<TierVerdict> Tried => _verdict.Value;

    internal override IReadOnlyList<string> StandsOn => _options.Program is { } program ? [program] : [];

    internal override void Forget() => _verdict = Begin();

    internal override bool Claims(TierImage image) => image.IsWebAssembly;

    internal override string? CopyRefusal(bool isAlive) => "carries a module, which has no files of its own: copy from and to its volumes on the node";

    internal override string? UpdateRefusal => "the limits of a module are set when it starts; stop it and run it again";

    /// <summary>Where skerry-wasm is, with the library beside it; null: nowhere.</summary>
    /// <param name="configured">A path, or auto: beside this program, or where packages put it.</param>
    internal static string? Find(string configured)
    {
        IEnumerable<string> paths = configured == "auto" ? [Path.Combine(AppContext.BaseDirectory, "skerry-wasm"), "/usr/lib/skerry/skerry-wasm"] : [configured];
        return paths.FirstOrDefault(static p => File.Exists(p) && File.Exists(Path.Combine(Path.GetDirectoryName(p)!, Library)));
    }

    internal override void ImagesRemoved(Func<IReadOnlySet<string>> present) => _codes.Keep(present);

    internal override void Check(PodSpec pod)
    {
        const string Else = "leave it out, or use another tier";
        if (pod.HostUsers)
        {
            throw new SpecRefusedException("host_users", "a module's jail always has user ids of its own", Else);
        }

        _ = Fuel(pod);
        foreach (var container in pod.Containers)
        {
            if (container.Tty)
            {
                throw new SpecRefusedException("tty", "WASI knows no terminals", "use -i without -t");
            }

            if (container.Init || container.Devices.Count > 0 || container.CapAdd.Count > 0)
            {
                throw new SpecRefusedException(
                    container.Init ? "init" : container.Devices.Count > 0 ? "devices" : "cap_add", "a module has no processes, devices or system calls", Else);
            }
        }
    }

    internal override void CheckImage(ContainerSpec container, TierImage image)
    {
        var command = WasmImage.Command(container, image.Process);
        if (!image.IsWebAssembly && !command[0].EndsWith(".wasm", StringComparison.Ordinal))
        {
            throw new SpecRefusedException(
                "image", $"{container.Image} is made for {image.Platform} and its program is {command[0]}: that is no WebAssembly", "run it in another tier, or name a module in it as the entrypoint");
        }
    }

    /// <summary>
    /// The jail of a module.
    /// <list type="number">
    /// <item>The carrier's root, and that it works: also where a pod is started again that an earlier daemon made.</item>
    /// <item>The module in the image, known by its digest.</item>
    /// <item>Its code: that in the store when it is verified, else compiled now.</item>
    /// </list>
    /// </summary>
    internal override async Task<TierJail?> Jail(TierPod pod, TierContainer container, InnerPlan inner)
    {
        // 1. root
        var root = Root();
        if (await Tried.ConfigureAwait(false) is { Works: false } broken)
        {
            throw new IsolationException($"the wasm tier does not work on this machine: {broken.Reason}");
        }

        // 2. module
        var fuel = Fuel(pod.Spec);
        var path = WasmImage.Command(container.Spec, container.Image.Process)[0];
        ContainerPlan? plan = null;
        WasmModule? module = null;
        byte[]? bytes = null;
        string? code = null;
        await inner(container, found =>
        {
            plan = found;
            var directory = found.Spec.WorkingDir.Length > 0 ? found.Spec.WorkingDir : found.Image.WorkingDir;
            module = _modules.GetValueOrDefault((container.Image.ManifestDigest, directory + ":" + path));
            code = module is null ? null : _codes.Find(NameOf(module, root, fuel is not null));
            if (code is null)
            {
                (bytes, var kind) = WasmImage.Read(found.RootfsPath, directory, path);
                module = _modules[(container.Image.ManifestDigest, directory + ":" + path)] = new WasmModule(Convert.ToHexStringLower(SHA256.HashData(bytes)), kind);
                code = _codes.Find(NameOf(module, root, fuel is not null));
            }
        }).ConfigureAwait(false);

        // 3. code
        code ??= await Compile(module!, bytes!, root, fuel is not null).ConfigureAwait(false);
        _codes.Note(NameOf(module!, root, fuel is not null), container.Image.ManifestDigest);
        Directory.CreateDirectory(container.Bundle, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        JailRoots.Mark(container.Bundle, root);
        var hasSockets = _options.AllowsSockets && pod.Network is not null;
        return new TierJail
        {
            Layers = [root.Directory],
            Plan = rootfs => WasmJail.Plan(plan!, rootfs, root.Program, code, module!.Kind, pod.Directory, fuel, hasSockets),
        };
    }

    internal override ExecPlan PlanExec(ContainerProcesses container, ExecStart asked) => throw new SpecRefusedException(
        "exec", "a module's container holds no other program that could be run", "see its log, or run another pod on the same volumes");

    private static ulong? Fuel(PodSpec pod)
    {
        if (!pod.Annotations.TryGetValue(FuelAnnotation, out var text) && !pod.Annotations.TryGetValue(OldFuelAnnotation, out text))
        {
            return null;
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var steps) && steps > 0 ? steps
            : throw new SpecRefusedException("annotations", $"{FuelAnnotation} is '{text}'", "give a number of steps, digits only");
    }

    private JailRoot Root()
    {
        var program = _options.Program ?? throw new IsolationException("wasm: skerry-wasm is not installed on this node any more");
        return _roots.Ensure(new JailProgram
        {
            Name = TierName,
            Path = program,
            Libraries = [Path.Combine(Path.GetDirectoryName(program)!, Library)],
            Places = [WasmJail.CodePlace],
        });
    }

    /// <summary>What code is good for: this module, this compiler (its root's name tells), this processor, these settings.</summary>
    private string NameOf(WasmModule module, JailRoot root, bool countsFuel) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{module.Digest}\n{module.Kind}\n{root.Name}\n{_options.Processor}\n{(countsFuel ? "fuel" : "")}\n")));

    private async Task<string> Compile(WasmModule module, byte[] bytes, JailRoot root, bool countsFuel)
    {
        var name = NameOf(module, root, countsFuel);
        await _compiles.WaitAsync().ConfigureAwait(false);
        try
        {
            // Another start may have compiled it while this one waited.
            if (_codes.Find(name) is { } known)
            {
                return known;
            }

            using var code = _codes.Begin(name);
            try
            {
                await _compiler.Compile(root, bytes, code, countsFuel).ConfigureAwait(false);
                return _codes.Store(name, code);
            }
            catch
            {
                _codes.Abandon(name);
                throw;
            }
        }
        finally
        {
            _compiles.Release();
        }
    }

    private Lazy<Task<TierVerdict>> Begin() => new(() => Task.Run(Try));

    /// <summary>A module that does nothing is compiled in the jail, with the carrier and libraries that all others have.</summary>
    private async Task<TierVerdict> Try()
    {
        if (_options.Program is null)
        {
            return TierVerdict.No($"skerry-wasm and {Library} are neither beside skerryd nor in /usr/lib/skerry", "install them there, or say where skerry-wasm is (runtime.wasm in skerry.toml)");
        }

        // (module (func (export "_start")))
        byte[] nothing =
            [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 10, 1, 6, (byte)'_', (byte)'s', (byte)'t', (byte)'a', (byte)'r', (byte)'t', 0, 0, 10, 4, 1, 2, 0, 0x0b];
        try
        {
            using var code = MemoryFile.CreateEmpty("code");
            await _compiler.Sweep().ConfigureAwait(false);
            await _compiler.Compile(Root(), nothing, code, countsFuel: false).ConfigureAwait(false);
            return TierVerdict.Yes("wasmtime", "WASI preview 1 and 2 by Wasmtime, compiled ahead of time");
        }
        catch (IOException error)
        {
            return TierVerdict.No(error.Message);
        }
    }
}
