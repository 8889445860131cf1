namespace Skerry.Oci.Distribution;

/// <summary>Bounds all that is asked of one server: one that sends a byte now and then never stalls, and would be waited for without end.</summary>
/// <remarks>The time begins with the first question.</remarks>
/// <param name="patience">For all questions together.</param>
internal sealed class WholeDeadline(TimeSpan patience) : IDisposable
{
    private readonly Lazy<CancellationTokenSource> _end = new(() => new CancellationTokenSource(patience, TimeProvider.System));

    /// <summary>Asks one question.</summary>
    /// <exception cref="RegistryException">The time for all is over.</exception>
    public async Task<T> AskAsync<T>(string step, string endpoint, Func<CancellationToken, Task<T>> ask, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, _end.Value.Token);
        try
        {
            return await ask(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new RegistryException(step, RegistryFailure.Timeout, $"what is asked of it did not come within {patience.TotalSeconds:0.###} s in all", endpoint, e);
        }
    }

    public void Dispose()
    {
        if (_end.IsValueCreated)
        {
            _end.Value.Dispose();
        }
    }
}
