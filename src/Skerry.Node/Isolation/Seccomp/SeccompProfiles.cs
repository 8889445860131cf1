using System.Collections.Concurrent;
using System.Security.Cryptography;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Files;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Seccomp;

/// <summary>
/// Gives each container its filter, compiled once for each profile and set of capabilities (libseccomp in the runtime
/// would compile it at each start, 20 ms). Thread-safe; the cache is bounded.
/// </summary>
internal sealed class SeccompProfiles
{
    private const int MaxCached = 64;

    private readonly ConcurrentDictionary<string, SeccompPlan> _cache = new(StringComparer.Ordinal);
    private readonly SeccompArch _arch;
    private readonly Version _kernel;

    /// <summary>For this machine.</summary>
    public SeccompProfiles()
        : this(SeccompArch.Native, Environment.OSVersion.Version)
    {
    }

    /// <summary>For another architecture or kernel.</summary>
    public SeccompProfiles(SeccompArch arch, Version kernel) => (_arch, _kernel) = (arch, kernel);

    /// <summary>The container's filter: its own file, the node's profile, or null for <c>unconfined</c>.</summary>
    /// <exception cref="SpecRefusedException">The file cannot be read or used.</exception>
    public SeccompPlan? For(ContainerSpec spec)
    {
        if (spec.Seccomp == "unconfined")
            return null;
        var capabilities = Capabilities.Compute(spec.CapAdd, spec.CapDrop);
        var held = string.Join(',', capabilities);
        if (spec.Seccomp.Length == 0)
        {
            return Cached($"own {held}", () => Plan(SeccompProfile.Own.Name, SeccompProfile.Own.Resolve(capabilities)));
        }

        var path = ContainerPath.Clean("seccomp", spec.Seccomp);
        try
        {
            var bytes = RegularFile.Read(path, OciSeccompProfile.MaxBytes);
            var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
            return Cached($"{digest} {held}", () => Plan($"{path}@sha256:{digest[..12]}", OciSeccompProfile.Resolve(bytes, _arch, capabilities, _kernel)));
        }
        catch (Exception error) when (error is SeccompProfileException or IOException)
        {
            throw new SpecRefusedException("seccomp", $"{path}: {error.Message}", "give an OCI or docker seccomp profile in JSON, \"unconfined\", or nothing for the node's own");
        }
    }

    private SeccompPlan Cached(string key, Func<SeccompPlan> make)
    {
        if (_cache.TryGetValue(key, out var found))
            return found;
        if (_cache.Count >= MaxCached)
            _cache.Clear();
        return _cache[key] = make();
    }

    private SeccompPlan Plan(string name, SeccompFilter filter) => new()
    {
        Name = name,
        BpfBase64 = Convert.ToBase64String(BpfCompiler.Compile(filter, _arch)),
        OciJson = OciSeccompWriter.Write(filter, _arch),
    };
}
