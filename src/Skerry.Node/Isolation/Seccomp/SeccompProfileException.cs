namespace Skerry.Node.Isolation.Seccomp;

/// <summary>A seccomp profile that cannot be used: what is wrong, where, and what to do.</summary>
internal sealed class SeccompProfileException(string why, string next) : Exception($"seccomp profile: {why}; {next}");
