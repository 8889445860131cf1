namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// The part of an image's config that says how to start it. Untrusted. Labels, volumes and whatever else an image
/// declares are left out on purpose: nothing else of an image may reach the OCI spec (CVE-2025-24965 class).
/// </summary>
internal sealed record ImageProcess
{
    /// <summary>Config.Entrypoint.</summary>
    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    /// <summary>Config.Cmd.</summary>
    public IReadOnlyList<string> Cmd { get; init; } = [];

    /// <summary>Config.Env, KEY=VALUE.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>Config.WorkingDir.</summary>
    public string WorkingDir { get; init; } = "";

    /// <summary>Config.User.</summary>
    public string User { get; init; } = "";
}
