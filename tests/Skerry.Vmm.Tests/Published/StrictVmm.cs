namespace Skerry.Vmm.Tests.Published;

/// <summary>
/// A listener that takes from a client what a published definition allows, in an order that makes sense, and refuses anything else with the words of
/// Firecracker. It has no machine: what it is told it only remembers.
/// </summary>
internal sealed class StrictVmm : IAsyncDisposable
{
    private readonly Listener _listener;

    /// <param name="path">The socket.</param>
    /// <param name="definition">What may be sent.</param>
    /// <param name="begins">The operation with which a machine begins, and whether a body of it says so.</param>
    /// <param name="documents">What is answered to GET.</param>
    internal StrictVmm(string path, ApiDefinition definition, Func<string, string?, bool> begins, IReadOnlyDictionary<string, Func<StrictVmm, string>> documents)
    {
        var hasBegun = false;
        _listener = new Listener(path, (method, place, body) =>
        {
            var faults = definition.Faults(method, place, body);
            if (faults.Count > 0)
            {
                Faults.AddRange(faults);
                return Listener.Answer(400, $$"""{"fault_message":"{{string.Join("; ", faults).Replace("\"", "'", StringComparison.Ordinal)}}"}""");
            }

            Taken.Add((method, place, body ?? string.Empty));
            hasBegun |= begins(place, body);
            return method == "GET" ? Listener.Answer(200, documents[place](this)) : Listener.Answer(204, string.Empty);
        });
        HasBegun = () => hasBegun;
    }

    /// <summary>Whether the machine was told to begin.</summary>
    internal Func<bool> HasBegun { get; }

    /// <summary>Requests that were taken.</summary>
    internal List<(string Method, string Place, string Body)> Taken { get; } = [];

    /// <summary>What was wrong.</summary>
    internal List<string> Faults { get; } = [];

    public ValueTask DisposeAsync() => _listener.DisposeAsync();
}
