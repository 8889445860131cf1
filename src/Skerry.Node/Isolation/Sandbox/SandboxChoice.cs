namespace Skerry.Node.Isolation.Sandbox;

/// <summary>gVisor as it works on this machine.</summary>
/// <param name="Version">First line of <c>runsc --version</c>.</param>
/// <param name="Platform">How it catches system calls: systrap or ptrace.</param>
/// <param name="Silence">Why it does not tell what happens in a sandbox; empty: it does.</param>
/// <param name="Arguments">For <c>runsc</c>, before the command.</param>
internal sealed record SandboxChoice(string Version, string Platform, string Silence, IReadOnlyList<string> Arguments);
