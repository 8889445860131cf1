using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Skerry.Bench.Macro.Interop;

namespace Skerry.Bench.Macro.Spawning;

/// <summary>A started process. Its clock runs from just before posix_spawn (vfork and exec) to the return of wait4.</summary>
/// <remarks>Signals are reset to their defaults in the child: .NET ignores SIGPIPE, and an ignored signal survives exec.</remarks>
internal sealed class Child
{
    private readonly long started;

    private Child(int pid, long started, Command command)
    {
        Pid = pid;
        this.started = started;
        Command = command;
    }

    public int Pid { get; }

    public Command Command { get; }

    /// <summary>Since just before it was spawned.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(started);

    public static unsafe Child Start(Command command)
    {
        byte* actions = stackalloc byte[Libc.OpaqueSize];
        byte* attributes = stackalloc byte[Libc.OpaqueSize];
        byte* signals = stackalloc byte[Libc.OpaqueSize];
        byte** arguments = Strings([command.Path, .. command.Arguments]);
        byte** environment = Strings(command.Environment.Select(e => $"{e.Key}={e.Value}"));
        try
        {
            Check(Libc.posix_spawn_file_actions_init(actions), command);
            Check(Libc.posix_spawnattr_init(attributes), command);
            Check(Libc.posix_spawn_file_actions_addopen(actions, 0, "/dev/null", Libc.O_RDONLY, 0), command);
            Open(actions, 1, command.Output, command);
            Open(actions, 2, command.Errors, command);
            if (command.WorkingDirectory is { } directory)
            {
                Check(Libc.posix_spawn_file_actions_addchdir_np(actions, directory), command);
            }

            _ = Libc.sigemptyset(signals);
            Check(Libc.posix_spawnattr_setsigmask(attributes, signals), command);
            _ = Libc.sigfillset(signals);
            Check(Libc.posix_spawnattr_setsigdefault(attributes, signals), command);
            Check(Libc.posix_spawnattr_setflags(attributes, Libc.SpawnSignals), command);
            long started = Stopwatch.GetTimestamp();
            Check(Libc.posix_spawn(out int pid, command.Path, actions, attributes, arguments, environment), command);
            return new Child(pid, started, command);
        }
        finally
        {
            _ = Libc.posix_spawn_file_actions_destroy(actions);
            _ = Libc.posix_spawnattr_destroy(attributes);
            Free(arguments);
            Free(environment);
        }
    }

    /// <summary>Starts a command and waits for it.</summary>
    public static Outcome Run(Command command) => Start(command).Wait();

    /// <summary>Runs a command that must end with 0, and returns its standard output. Not for what is timed.</summary>
    public static string Read(Command command, string directory)
    {
        string output = Path.Combine(directory, $"out.{Stopwatch.GetTimestamp()}");
        string errors = output + ".err";
        try
        {
            Outcome outcome = Run(command with { Output = output, Errors = errors });
            if (outcome.ExitCode != 0)
            {
                throw new BenchException($"{command}: exit {outcome.ExitCode}: {File.ReadAllText(errors).Trim()} {File.ReadAllText(output).Trim()}");
            }

            return File.ReadAllText(output);
        }
        finally
        {
            File.Delete(output);
            File.Delete(errors);
        }
    }

    public Outcome Wait()
    {
        int got = Libc.wait4(Pid, out int status, 0, out Libc.ResourceUse use);
        TimeSpan wall = Stopwatch.GetElapsedTime(started);
        return got == Pid
            ? new Outcome(status, wall, use.Cpu)
            : throw new BenchException($"wait4({Pid}) of {Command}: errno {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>Whether it still runs; when it has ended its status is taken.</summary>
    public bool IsAlive() => Libc.wait4(Pid, out _, Libc.WNOHANG, out _) == 0;

    /// <summary>Ends it: SIGTERM, then SIGKILL after the patience.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        _ = Libc.kill(Pid, Libc.SIGTERM);
        long began = Stopwatch.GetTimestamp();
        while (IsAlive())
        {
            if (Stopwatch.GetElapsedTime(began) > patience)
            {
                _ = Libc.kill(Pid, Libc.SIGKILL);
                _ = Libc.wait4(Pid, out _, 0, out _);
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10)).ConfigureAwait(false);
        }
    }

    private static unsafe void Open(byte* actions, int fd, string? path, Command command) =>
        Check(
            Libc.posix_spawn_file_actions_addopen(
                actions, fd, path ?? "/dev/null", Libc.O_WRONLY | (path is null ? 0 : Libc.O_CREAT | Libc.O_TRUNC), 0x180 /* 0600 */),
            command);

    private static void Check(int error, Command command)
    {
        if (error != 0)
        {
            throw new BenchException($"posix_spawn of {command}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    private static unsafe byte** Strings(IEnumerable<string> values)
    {
        string[] all = [.. values];
        byte** block = (byte**)NativeMemory.AllocZeroed((nuint)(all.Length + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < all.Length; i++)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(all[i]);
            block[i] = (byte*)NativeMemory.AllocZeroed((nuint)utf8.Length + 1);
            utf8.CopyTo(new Span<byte>(block[i], utf8.Length));
        }

        return block;
    }

    private static unsafe void Free(byte** block)
    {
        for (int i = 0; block[i] != null; i++)
        {
            NativeMemory.Free(block[i]);
        }

        NativeMemory.Free(block);
    }
}
