using Skerry.Linux;

namespace Skerry.Node.Isolation.Process;

/// <summary>What an OCI runtime needs around it when it makes and starts a container.</summary>
internal sealed record RuntimeSurroundings : IDisposable
{
    /// <summary>Nothing.</summary>
    internal static RuntimeSurroundings None { get; } = new();

    /// <summary>Arguments before the command.</summary>
    internal IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Where the monitor and the runtime keep what is temporary; null: the bundle.</summary>
    internal string? TemporaryDirectory { get; init; }

    /// <summary>A network namespace in which they start; null: the node's.</summary>
    internal FileDescriptor? Network { get; init; }

    /// <summary>They start in a new, empty network namespace, which the monitor keeps.</summary>
    internal bool IsolateNetwork { get; init; }

    /// <summary>Further mounts, made first in the container's own mount namespace; null: none, and its start needs no namespace.</summary>
    internal Action? Prepare { get; init; }

    public void Dispose() => Network?.Dispose();
}
