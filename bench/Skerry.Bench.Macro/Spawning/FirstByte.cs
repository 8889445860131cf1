using Skerry.Bench.Macro.Interop;

namespace Skerry.Bench.Macro.Spawning;

/// <summary>A command that was started, and when it wrote the first byte of its standard output.</summary>
internal sealed class FirstByte : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly FileStream reader;

    private FirstByte(FileStream reader, Child child, TimeSpan wall) => (this.reader, Child, Wall) = (reader, child, wall);

    /// <summary>The command, which goes on.</summary>
    public Child Child { get; }

    /// <summary>From just before it was spawned to its first byte.</summary>
    public TimeSpan Wall { get; }

    /// <summary>Starts a command and waits for its first byte.</summary>
    public static async Task<FirstByte> OfAsync(Command command, string directory)
    {
        string pipe = Path.Combine(directory, $"first.{Environment.TickCount64}");
        if (Libc.mkfifo(pipe, 0x180 /* 0600 */) != 0)
        {
            throw new BenchException($"mkfifo {pipe} failed");
        }

        // Opened for both, so that neither opening waits for the other (fifo(7)).
        FileStream reader = new(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
        Child child = Child.Start(command with { Output = pipe });
        File.Delete(pipe);
        Task<int> reading = Task.Factory.StartNew(() => reader.Read(new byte[4096]), TaskCreationOptions.LongRunning);
        while (!reading.IsCompleted && child.Elapsed < Patience && child.IsAlive())
        {
            _ = await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(500))).ConfigureAwait(false);
        }

        // A reader that never got a byte is left to the end of the bench.
        return reading.IsCompletedSuccessfully
            ? new FirstByte(reader, child, child.Elapsed)
            : throw new BenchException($"{command} wrote nothing: {(command.Errors is { } errors && File.Exists(errors) ? await File.ReadAllTextAsync(errors).ConfigureAwait(false) : "")}");
    }

    public void Dispose() => reader.Dispose();
}
