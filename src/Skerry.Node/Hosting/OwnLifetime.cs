namespace Skerry.Node.Hosting;

/// <summary>The host ends when the daemon says so. The framework's own answer to signals would stop a host that is still starting.</summary>
internal sealed class OwnLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
