using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Processes;
using Skerry.Node.Configuration;
using Skerry.Node.Sensors.Alerts;

namespace Skerry.Node.Sensors.Responses;

/// <summary>
/// Starts the programs that answers name, with the alert as JSON on their standard input: no shell, no argument, an environment of a search path, and
/// everything bounded: how many at once, how many that wait, time and output. A failure is told.
/// </summary>
/// <param name="options">[guard].</param>
/// <param name="failed">Told what failed: a sentence.</param>
internal sealed class HookDesk(GuardOptions options, Action<string> failed)
{
    private const int AtOnce = 4;
    private const int MostWaiting = 64;
    private const int MostOutput = 64 << 10;
    private const int MostError = 4 << 10;
    private const uint OthersMayWrite = 0x12; // 0022

    private readonly SemaphoreSlim _width = new(AtOnce);
    private int _waiting;

    /// <summary>Starts one; returns at once.</summary>
    internal void Start(string name, Alert alert)
    {
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            failed($"hook {name} was not started for alert {alert.Id}: {MostWaiting} others wait");
            return;
        }

        _ = Task.Run(async () =>
        {
            await _width.WaitAsync().ConfigureAwait(false);
            try
            {
                if (await ApartThread.Run("hook", () => Run(name, alert)).ConfigureAwait(false) is { } why)
                {
                    failed($"hook {name}, for alert {alert.Id} of rule {alert.Rule}: {why}");
                }
            }
            catch (IOException error)
            {
                failed($"hook {name}, for alert {alert.Id} of rule {alert.Rule}: {error.Message}");
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
                _width.Release();
            }
        });
    }

    /// <summary>Runs it to its end; says what went wrong.</summary>
    private string? Run(string name, Alert alert)
    {
        var path = options.Hooks[name];
        if (Distrust(path) is { } why)
        {
            return why;
        }

        var result = BoundedRun.Run(
            new SpawnRequest { Path = path, WorkingDirectory = "/" }, alert.Json, MostOutput, MostError, TimeSpan.FromSeconds(options.HookSeconds), CancellationToken.None);
        return result switch
        {
            { End: BoundedRunEnd.TimedOut } => $"it was killed after {options.HookSeconds} s (hook_seconds)",
            { End: BoundedRunEnd.OutputTooLarge } => $"it was killed because it printed more than {MostOutput} bytes",
            { ExitCode: not 0 } => $"it ended with {result.ExitCode}: {Encoding.UTF8.GetString(result.Error).Trim()}",
            _ => null,
        };
    }

    /// <summary>Why a program may not be started by root: it, or a directory above it, is not root's alone to write.</summary>
    private static string? Distrust(string path)
    {
        for (var at = path; at is not null; at = Path.GetDirectoryName(at))
        {
            if (FileCalls.Status(null, at) is not { } status)
            {
                return $"{at} is not there";
            }

            if (status.Uid != 0 || (status.Mode & OthersMayWrite) != 0)
            {
                return $"{at} must belong to root and be written by nobody else";
            }
        }

        return null;
    }
}
