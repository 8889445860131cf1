namespace Skerry.Vmm.Machines;

/// <summary>A balloon that is told what to have, and gets there when the guest does it.</summary>
internal static class BalloonWait
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Tells it, and waits until the guest has so much.</summary>
    /// <param name="mebibytes">MiB for the guest; 0: only look.</param>
    /// <param name="tell">Tells the balloon.</param>
    /// <param name="look">MiB that the guest has.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="clock">For that.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>MiB that the guest has when it is reached or waiting ends.</returns>
    internal static async Task<int> Until(int mebibytes, Func<Task> tell, Func<Task<int>> look, TimeSpan patience, TimeProvider clock, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        if (mebibytes > 0)
        {
            await tell().ConfigureAwait(false);
        }

        while (true)
        {
            var actual = Math.Max(await look().ConfigureAwait(false), 0);
            if (mebibytes == 0 || actual == mebibytes || clock.GetElapsedTime(began) >= patience)
            {
                return actual;
            }

            await Task.Delay(s_pause, clock, cancel).ConfigureAwait(false);
        }
    }
}
