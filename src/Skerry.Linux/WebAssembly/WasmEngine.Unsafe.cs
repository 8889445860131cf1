using System.Text;
using Skerry.Linux.Interop;

namespace Skerry.Linux.WebAssembly;

/// <summary>
/// Wasmtime: compiles modules and components, and runs what it compiled. Code that one engine compiled runs in another only when version,
/// processor features and <see cref="CountsFuel"/> are the same; Wasmtime looks.
/// </summary>
/// <remarks><see cref="Interrupt"/> is for any thread, the rest for one at a time.</remarks>
public sealed unsafe class WasmEngine : IDisposable
{
    // Bounds for what one module may make; memory itself is bounded by its limit and the control group.
    private const long MaxTableElements = 1 << 20;
    private const long MaxInstances = 256;
    private const long MaxTables = 256;
    private const long MaxMemories = 256;

    private nint _engine;

    private WasmEngine(nint engine, bool countsFuel)
    {
        _engine = engine;
        CountsFuel = countsFuel;
    }

    /// <summary>Code is compiled so that it counts its steps.</summary>
    public bool CountsFuel { get; }

    /// <summary>Makes an engine.</summary>
    public static WasmEngine Create(bool countsFuel)
    {
        var config = WasmtimeCalls.ConfigNew();
        WasmtimeCalls.ConfigEpochInterruption(config, 1);
        WasmtimeCalls.ConfigConsumeFuel(config, countsFuel ? (byte)1 : (byte)0);
        WasmtimeCalls.ConfigComponentModel(config, 1);

        // Preview 2 has no asynchronous functions; the event loop for those of preview 3 stays out.
        WasmtimeCalls.ConfigConcurrencySupport(config, 0);

        // Backtraces go by frame pointers; unwind tables are only for debuggers.
        WasmtimeCalls.ConfigNativeUnwindInfo(config, 0);
        var engine = WasmtimeCalls.EngineNew(config);
        return engine == 0 ? throw new WasmException("wasmtime: this machine's processor or its settings are not supported") : new WasmEngine(engine, countsFuel);
    }

    /// <summary>Stops what runs at its next step: a loop's turn, or a call.</summary>
    public void Interrupt() => WasmtimeCalls.EngineIncrementEpoch(_engine);

    /// <summary>Compiles a module or component.</summary>
    /// <returns>What <see cref="WasmProgram.Path"/> is to hold.</returns>
    /// <exception cref="WasmException">It is malformed, or uses what is not supported.</exception>
    public byte[] Compile(ReadOnlySpan<byte> binary)
    {
        var kind = WasmPreamble.Read(binary);
        WasmtimeCalls.ByteVec code;
        fixed (byte* first = binary)
        {
            switch (kind)
            {
                case WasmBinary.Module:
                    Check(WasmtimeCalls.ModuleNew(_engine, first, (nuint)binary.Length, out var module));
                    Check(WasmtimeCalls.ModuleSerialize(module, &code));
                    WasmtimeCalls.ModuleDelete(module);
                    break;
                case WasmBinary.Component:
                    Check(WasmtimeComponentCalls.New(_engine, first, (nuint)binary.Length, out var component));
                    Check(WasmtimeComponentCalls.Serialize(component, &code));
                    WasmtimeComponentCalls.Delete(component);
                    break;
                default:
                    throw new WasmException("not WebAssembly: the file begins with the preamble of neither a module (version 1) nor a component");
            }
        }

        return Take(&code);
    }

    /// <summary>The binary of a module or component that is written as text.</summary>
    /// <exception cref="WasmException">It is no such text; the message says where.</exception>
    public static byte[] Assemble(ReadOnlySpan<byte> text)
    {
        WasmtimeCalls.ByteVec binary;
        fixed (byte* first = text)
        {
            Check(WasmtimeCalls.Wat2Wasm(first, (nuint)text.Length, &binary));
        }

        return Take(&binary);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="WasmException">It could not be begun.</exception>
    public WasmEnd Run(WasmProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        var store = WasmtimeCalls.StoreNew(_engine, 0, 0);
        try
        {
            var context = WasmtimeCalls.StoreContext(store);
            WasmtimeCalls.StoreLimiter(store, program.MemoryLimit ?? -1, MaxTableElements, MaxInstances, MaxTables, MaxMemories);
            WasmtimeCalls.ContextSetEpochDeadline(context, 1);
            if (program.Fuel is { } fuel)
            {
                Check(WasmtimeCalls.ContextSetFuel(context, fuel));
            }

            Check(WasiCalls.ContextSetWasi(context, Wasi(program)));
            return program.Kind == WasmBinary.Component ? RunComponent(context, program.Path) : RunModule(context, program.Path);
        }
        finally
        {
            WasmtimeCalls.StoreDelete(store);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_engine != 0)
        {
            WasmtimeCalls.EngineDelete(_engine);
            _engine = 0;
        }
    }

    private WasmEnd RunModule(nint context, string path)
    {
        Check(WasmtimeCalls.ModuleDeserializeFile(_engine, path, out var module));
        var linker = WasmtimeCalls.LinkerNew(_engine);
        try
        {
            Check(WasmtimeCalls.LinkerDefineWasi(linker));
            var error = WasmtimeCalls.LinkerInstantiate(linker, context, module, out var instance, out var trap);
            if (trap != 0 || IsExit(error))
            {
                return End(error, trap);
            }

            // What is missing or does not fit is no fault of a run: the module never began.
            Check(error);
            WasmtimeCalls.Extern start;
            fixed (byte* name = "_start"u8)
            {
                if (WasmtimeCalls.InstanceExportGet(context, instance, name, 6, out start) == 0 || start.Kind != WasmtimeCalls.WASMTIME_EXTERN_FUNC)
                {
                    throw new WasmException("the module exports no function _start: it is a library, not a program (WASI application ABI, command)");
                }
            }

            error = WasmtimeCalls.FuncCall(context, start.Func, 0, 0, 0, 0, out trap);
            return End(error, trap);
        }
        finally
        {
            WasmtimeCalls.LinkerDelete(linker);
            WasmtimeCalls.ModuleDelete(module);
        }
    }

    private WasmEnd RunComponent(nint context, string path)
    {
        Check(WasmtimeComponentCalls.DeserializeFile(_engine, path, out var component));
        var linker = WasmtimeComponentCalls.LinkerNew(_engine);
        try
        {
            Check(WasmtimeComponentCalls.LinkerAddWasip2(linker));
            var error = WasmtimeComponentCalls.LinkerInstantiate(linker, context, component, out var instance);
            if (IsExit(error))
            {
                return End(error, 0);
            }

            Check(error);
            var run = Export(instance, context);
            WasmtimeComponentCalls.Val result;
            error = WasmtimeComponentCalls.FuncCall(run, context, 0, 0, &result, 1);
            return error != 0 ? End(error, 0)
                : new WasmEnd(result.Kind == WasmtimeComponentCalls.WASMTIME_COMPONENT_RESULT && result.IsOk != 0 ? 0 : 1, string.Empty);
        }
        finally
        {
            WasmtimeComponentCalls.LinkerDelete(linker);
            WasmtimeComponentCalls.Delete(component);
        }
    }

    /// <summary>The function run of the interface wasi:cli/run, whichever release of preview 2 the component was made for.</summary>
    private static WasmtimeComponentCalls.Func Export(WasmtimeComponentCalls.Instance instance, nint context)
    {
        fixed (byte* name = "wasi:cli/run@0.2.0"u8)
        fixed (byte* run = "run"u8)
        {
            var within = WasmtimeComponentCalls.InstanceGetExportIndex(instance, context, 0, name, 18);
            var index = within == 0 ? 0 : WasmtimeComponentCalls.InstanceGetExportIndex(instance, context, within, run, 3);
            try
            {
                return index != 0 && WasmtimeComponentCalls.InstanceGetFunc(instance, context, index, out var func) != 0
                    ? func
                    : throw new WasmException("the component does not export wasi:cli/run@0.2: it is no command (WASI preview 2)");
            }
            finally
            {
                if (index != 0)
                {
                    WasmtimeComponentCalls.ExportIndexDelete(index);
                }

                if (within != 0)
                {
                    WasmtimeComponentCalls.ExportIndexDelete(within);
                }
            }
        }
    }

    private static nint Wasi(WasmProgram program)
    {
        var wasi = WasiCalls.ConfigNew();
        try
        {
            WasiCalls.InheritStdin(wasi);
            WasiCalls.InheritStdout(wasi);
            WasiCalls.InheritStderr(wasi);
            using var arguments = new NativeStrings(program.Arguments);
            using var names = new NativeStrings(program.Environment.Select(static e => e[..e.IndexOf('=', StringComparison.Ordinal)]));
            using var values = new NativeStrings(program.Environment.Select(static e => e[(e.IndexOf('=', StringComparison.Ordinal) + 1)..]));
            if (WasiCalls.SetArguments(wasi, (nuint)arguments.Count, arguments.First) == 0
                || WasiCalls.SetEnvironment(wasi, (nuint)names.Count, names.First, values.First) == 0)
            {
                throw new WasmException("arguments and environment: one is not UTF-8");
            }

            foreach (var directory in program.Directories)
            {
                if (WasiCalls.PreopenDirectory(wasi, directory.Path, directory.Name, directory.IsWritable ? (byte)1 : (byte)0) == 0)
                {
                    throw new WasmException($"open directory {directory.Name}: this pod's user cannot read it, or it is none");
                }
            }

            if (program.HasSockets)
            {
                WasiCalls.InheritNetwork(wasi);
                WasiCalls.AllowNameLookup(wasi, 1);
            }

            return wasi;
        }
        catch
        {
            WasiCalls.ConfigDelete(wasi);
            throw;
        }
    }

    private static bool IsExit(nint error)
    {
        int status;
        return error != 0 && WasmtimeCalls.ErrorExitStatus(error, &status) != 0;
    }

    private static WasmEnd End(nint error, nint trap)
    {
        WasmtimeCalls.ByteVec message;
        if (trap != 0)
        {
            WasmtimeCalls.TrapMessage(trap, &message);
            WasmtimeCalls.TrapDelete(trap);
            return new WasmEnd(null, Text(&message));
        }

        if (error == 0)
        {
            return new WasmEnd(0, string.Empty);
        }

        int status;
        if (WasmtimeCalls.ErrorExitStatus(error, &status) != 0)
        {
            WasmtimeCalls.ErrorDelete(error);
            return new WasmEnd(status, string.Empty);
        }

        WasmtimeCalls.ErrorMessage(error, &message);
        WasmtimeCalls.ErrorDelete(error);
        return new WasmEnd(null, Text(&message));
    }

    private static void Check(nint error)
    {
        if (error != 0)
        {
            WasmtimeCalls.ByteVec message;
            WasmtimeCalls.ErrorMessage(error, &message);
            WasmtimeCalls.ErrorDelete(error);
            throw new WasmException(Text(&message));
        }
    }

    private static string Text(WasmtimeCalls.ByteVec* bytes) => Encoding.UTF8.GetString(Take(bytes)).TrimEnd('\0');

    private static byte[] Take(WasmtimeCalls.ByteVec* bytes)
    {
        var taken = new ReadOnlySpan<byte>(bytes->Data, checked((int)bytes->Size)).ToArray();
        WasmtimeCalls.ByteVecDelete(bytes);
        return taken;
    }
}
