using System.Collections.Immutable;
using System.Globalization;
using Skerry.Guard.Audit;

namespace Skerry.Node.Audit;

/// <summary>On whose word something happens: the process at the other end of the call that is being answered, as the kernel named it when it connected.</summary>
/// <remarks>
/// It is found by whatever the call leads to, as long as the call lasts. What a call set in motion and what goes on after it (restarts,
/// say) is the node's own doing.
/// </remarks>
internal sealed class Asker : IDisposable
{
    private static readonly AsyncLocal<Asker?> Local = new();

    private volatile bool _isOver;

    private Asker(int pid, uint uid) =>
        Actor = AuditEntry.Values(("uid", uid.ToString(CultureInfo.InvariantCulture)), ("pid", pid.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The asker as entries have it; empty where nobody asked.</summary>
    internal static ImmutableSortedDictionary<string, string> Now => Local.Value is { _isOver: false } asker ? asker.Actor : AuditEntry.None;

    private ImmutableSortedDictionary<string, string> Actor { get; }

    /// <summary>Begins a call; dispose the answer when it ends.</summary>
    internal static Asker Begin(int pid, uint uid) => Local.Value = new Asker(pid, uid);

    public void Dispose() => _isOver = true;
}
