using System.Diagnostics;
using System.Text;
using Skerry.Linux.Processes;
using Skerry.Linux.Terminals;

namespace Skerry.System.Tests.Nodes;

/// <summary>A program on a real pseudoterminal, with the test at the keys and before the screen.</summary>
internal sealed class OnTerminal : IDisposable
{
    private readonly Pseudoterminal _terminal = Pseudoterminal.Open();
    private readonly ChildProcess _child;
    private readonly StringBuilder _screen = new();
    private readonly Lock _gate = new(); // guards _screen
    private int _seen;

    private OnTerminal(string path, IEnumerable<string> arguments, IEnumerable<string> environment, WindowSize size)
    {
        _terminal.SetSize(size);
        _child = Spawn.Start(new SpawnRequest
        {
            Path = "/usr/bin/setsid",
            Arguments = ["--ctty", path, .. arguments],
            Environment = [.. SpawnRequest.DefaultEnvironment.ExceptBy(environment.Select(Key), Key), "TERM=xterm", $"DOTNET_ROOT={Programs.DotnetRoot}", .. environment],
            Descriptors = [(0, _terminal.Peer), (1, _terminal.Peer), (2, _terminal.Peer)],
        });
        new Thread(Look) { IsBackground = true, Name = "screen" }.Start();
    }

    /// <summary>Whether the terminal echoes and edits lines, as a shell's user expects it.</summary>
    internal bool IsCooked => _terminal.IsCooked;

    /// <summary>All that was shown.</summary>
    internal string Screen
    {
        get
        {
            lock (_gate)
            {
                return _screen.ToString();
            }
        }
    }

    /// <summary>The command line of the project, talking to a node.</summary>
    internal static OnTerminal Cli(TestNode node, WindowSize size, params string[] arguments) =>
        Start(Programs.CommandLine, arguments, ["SKERRY_ADDRESS=unix://" + node.Socket], size);

    /// <summary>Any program.</summary>
    internal static OnTerminal Start(string path, IEnumerable<string> arguments, IEnumerable<string> environment, WindowSize size)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/setsid"), "needs setsid: apt-get install util-linux");
        return new OnTerminal(path, arguments, environment, size);
    }

    internal void Type(string keys) => StandardStream.Write(_terminal.Main.Number, Encoding.UTF8.GetBytes(keys));

    internal void Resize(int columns, int rows) => _terminal.SetSize(new WindowSize(columns, rows));

    internal void Signal(int number) => _child.Signal(number);

    /// <summary>Waits until a text is shown after the one that was waited for last.</summary>
    internal async Task Shows(string text, int seconds = 30)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            lock (_gate)
            {
                var at = _screen.ToString().IndexOf(text, _seen, StringComparison.Ordinal);
                if (at >= 0)
                {
                    _seen = at + text.Length;
                    return;
                }
            }

            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(seconds), $"'{text}' is not shown within {seconds} s; the screen: {Screen}");
            await Task.Delay(10);
        }
    }

    /// <summary>Waits for its end.</summary>
    internal async Task<int> End()
    {
        var code = await Task.Run(() => _child.Wait(Running.Patience));
        return code ?? throw new TimeoutException($"it did not end; the screen: {Screen}");
    }

    public void Dispose()
    {
        _child.Signal(9);
        _child.Wait(TimeSpan.FromSeconds(5));
        _child.Dispose();
        _terminal.Dispose();
    }

    private static string Key(string variable) => variable[..variable.IndexOf('=', StringComparison.Ordinal)];

    private void Look()
    {
        var buffer = new byte[4096];
        try
        {
            while (StandardStream.Read(_terminal.Main.Number, buffer) is var count and > 0)
            {
                lock (_gate)
                {
                    _screen.Append(Encoding.UTF8.GetString(buffer, 0, count));
                }
            }
        }
        catch (Exception error) when (error is ObjectDisposedException or Linux.LinuxException)
        {
            // The test has ended.
        }
    }
}
