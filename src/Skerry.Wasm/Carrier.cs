using System.Runtime.InteropServices;
using Skerry.Linux.WebAssembly;

namespace Skerry.Wasm;

/// <summary>
/// Carries one module: this process is the first of its container, so signals reach it only when it takes them. A module has no
/// signals: it is stopped at its next step, or, where it waits in a call, with this process.
/// </summary>
internal static class Carrier
{
    /// <summary>Exit code of a module that trapped: that of SIGABRT, as the wasmtime command's.</summary>
    private const int Trapped = 134;

    // signal(7), x86 and ARM. SIGQUIT is the base library's own here; SIGKILL is nobody's.
    private static readonly (PosixSignal Signal, int Number)[] Ending = [(PosixSignal.SIGTERM, 15), (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 3), (PosixSignal.SIGHUP, 1)];

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);
    private static readonly ManualResetEventSlim Ended = new();
    private static int _signal;

    /// <summary>Runs a program; the exit code of the process.</summary>
    internal static int Run(WasmProgram program)
    {
        var engine = WasmEngine.Create(program.Fuel is not null);
        var registered = Ending.Select(e => PosixSignalRegistration.Create(e.Signal, context => End(engine, e.Number, context))).ToList();
        var end = engine.Run(program);
        GC.KeepAlive(registered);
        Ended.Set();
        if (end.ExitCode is { } code)
        {
            return code;
        }

        if (Volatile.Read(ref _signal) is > 0 and var signal)
        {
            return 128 + signal;
        }

        Console.Error.WriteLine($"skerry-wasm: {program.Arguments[0]}: {end.Trap.TrimEnd()}");
        return Trapped;
    }

    private static void End(WasmEngine engine, int number, PosixSignalContext context)
    {
        context.Cancel = true;
        Volatile.Write(ref _signal, number);
        engine.Interrupt();
        if (!Ended.Wait(Patience))
        {
            Environment.Exit(128 + number);
        }
    }
}
