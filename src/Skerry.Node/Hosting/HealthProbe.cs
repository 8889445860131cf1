namespace Skerry.Node.Hosting;

/// <summary>
/// Says whether the daemon still works: since the last question the journal's thread and the thread pool have answered. A daemon whose
/// disk or locks hang stops beating, and the service manager starts it again; pods run on meanwhile.
/// </summary>
internal sealed class HealthProbe(Journal.Journal journal)
{
    private Task _last = Task.CompletedTask;

    /// <summary>Whether the question that was asked last has been answered; asks the next.</summary>
    internal bool Ask()
    {
        if (!_last.IsCompletedSuccessfully)
        {
            return false;
        }

        _last = Task.Run(() => journal.ReadEvents(ulong.MaxValue >> 1, 1));
        return true;
    }
}
