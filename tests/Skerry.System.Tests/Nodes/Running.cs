using System.Diagnostics;

namespace Skerry.System.Tests.Nodes;

/// <summary>Starts programs, and runs them to their end.</summary>
internal static class Running
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    internal static Process Start(string path, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_ROOT"] = Programs.DotnetRoot;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    internal static async Task<Said> ToEnd(Process process, string? input = null, TimeSpan? patience = null)
    {
        var most = patience ?? Patience;
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            try
            {
                if (input is not null)
                {
                    await process.StandardInput.WriteAsync(input);
                }

                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended before it had read everything.
            }

            try
            {
                await process.WaitForExitAsync().WaitAsync(most);
                return new Said(process.ExitCode, await output.WaitAsync(most), await error.WaitAsync(most));
            }
            catch (TimeoutException)
            {
                process.Kill();
                throw new TimeoutException($"pid {process.Id} did not end within {most.TotalSeconds:0} s");
            }
        }
    }

    /// <summary>Runs a shell script as it stands.</summary>
    internal static Task<Said> Shell(string script, TimeSpan? patience = null) => ToEnd(Start("/bin/sh", ["-c", script]), patience: patience);

    /// <summary>Asks again until it is so; fails with what was last seen.</summary>
    internal static async Task Until(Func<Task<bool>> isSo, Func<string> what, int seconds = 30)
    {
        var clock = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(seconds), $"not within {seconds} s: {what()}");
            await Task.Delay(25);
        }
    }

    /// <summary>Asks again until it is so.</summary>
    internal static Task Until(Func<bool> isSo, string what, int seconds = 30) => Until(() => Task.FromResult(isSo()), () => what, seconds);
}
