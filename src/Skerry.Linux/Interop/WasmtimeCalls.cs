using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>
/// wasm.h and wasmtime.h (crates/c-api/include of Wasmtime): engine, module, store, linker. Objects are pointers of the library; every
/// error that is returned is the caller's to delete.
/// </summary>
internal static unsafe partial class WasmtimeCalls
{
    internal const string Library = "wasmtime";

    /// <summary>wasmtime/extern.h: what is exported is a function.</summary>
    internal const byte WASMTIME_EXTERN_FUNC = 0;

    /// <summary>wasm_byte_vec_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ByteVec
    {
        internal nuint Size;
        internal byte* Data;
    }

    /// <summary>wasmtime_instance_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Instance
    {
        internal ulong StoreId;
        internal nuint Index;
    }

    /// <summary>wasmtime_func_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Func
    {
        internal ulong StoreId;
        internal void* Index;
    }

    /// <summary>wasmtime_extern_t: a kind and a union whose largest member has 24 bytes; with room for a later one.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    internal struct Extern
    {
        [FieldOffset(0)]
        internal byte Kind;

        [FieldOffset(8)]
        internal Func Func;
    }

    [LibraryImport(Library, EntryPoint = "wasm_byte_vec_delete")]
    internal static partial void ByteVecDelete(ByteVec* vec);

    [LibraryImport(Library, EntryPoint = "wasm_config_new")]
    internal static partial nint ConfigNew();

    [LibraryImport(Library, EntryPoint = "wasmtime_config_epoch_interruption_set")]
    internal static partial void ConfigEpochInterruption(nint config, byte value);

    [LibraryImport(Library, EntryPoint = "wasmtime_config_consume_fuel_set")]
    internal static partial void ConfigConsumeFuel(nint config, byte value);

    [LibraryImport(Library, EntryPoint = "wasmtime_config_native_unwind_info_set")]
    internal static partial void ConfigNativeUnwindInfo(nint config, byte value);

    [LibraryImport(Library, EntryPoint = "wasmtime_config_wasm_component_model_set")]
    internal static partial void ConfigComponentModel(nint config, byte value);

    [LibraryImport(Library, EntryPoint = "wasmtime_config_concurrency_support_set")]
    internal static partial void ConfigConcurrencySupport(nint config, byte value);

    [LibraryImport(Library, EntryPoint = "wasm_engine_new_with_config")]
    internal static partial nint EngineNew(nint config);

    [LibraryImport(Library, EntryPoint = "wasm_engine_delete")]
    internal static partial void EngineDelete(nint engine);

    [LibraryImport(Library, EntryPoint = "wasmtime_engine_increment_epoch")]
    internal static partial void EngineIncrementEpoch(nint engine);

    [LibraryImport(Library, EntryPoint = "wasmtime_error_message")]
    internal static partial void ErrorMessage(nint error, ByteVec* message);

    [LibraryImport(Library, EntryPoint = "wasmtime_error_exit_status")]
    internal static partial byte ErrorExitStatus(nint error, int* status);

    [LibraryImport(Library, EntryPoint = "wasmtime_error_delete")]
    internal static partial void ErrorDelete(nint error);

    [LibraryImport(Library, EntryPoint = "wasm_trap_message")]
    internal static partial void TrapMessage(nint trap, ByteVec* message);

    [LibraryImport(Library, EntryPoint = "wasm_trap_delete")]
    internal static partial void TrapDelete(nint trap);

    [LibraryImport(Library, EntryPoint = "wasmtime_module_new")]
    internal static partial nint ModuleNew(nint engine, byte* wasm, nuint length, out nint module);

    [LibraryImport(Library, EntryPoint = "wasmtime_module_serialize")]
    internal static partial nint ModuleSerialize(nint module, ByteVec* bytes);

    [LibraryImport(Library, EntryPoint = "wasmtime_module_deserialize_file", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint ModuleDeserializeFile(nint engine, string path, out nint module);

    [LibraryImport(Library, EntryPoint = "wasmtime_module_delete")]
    internal static partial void ModuleDelete(nint module);

    [LibraryImport(Library, EntryPoint = "wasmtime_wat2wasm")]
    internal static partial nint Wat2Wasm(byte* text, nuint length, ByteVec* bytes);

    [LibraryImport(Library, EntryPoint = "wasmtime_store_new")]
    internal static partial nint StoreNew(nint engine, nint data, nint finalizer);

    [LibraryImport(Library, EntryPoint = "wasmtime_store_context")]
    internal static partial nint StoreContext(nint store);

    [LibraryImport(Library, EntryPoint = "wasmtime_store_limiter")]
    internal static partial void StoreLimiter(nint store, long memorySize, long tableElements, long instances, long tables, long memories);

    [LibraryImport(Library, EntryPoint = "wasmtime_store_delete")]
    internal static partial void StoreDelete(nint store);

    [LibraryImport(Library, EntryPoint = "wasmtime_context_set_epoch_deadline")]
    internal static partial void ContextSetEpochDeadline(nint context, ulong ticks);

    [LibraryImport(Library, EntryPoint = "wasmtime_context_set_fuel")]
    internal static partial nint ContextSetFuel(nint context, ulong fuel);

    [LibraryImport(Library, EntryPoint = "wasmtime_linker_new")]
    internal static partial nint LinkerNew(nint engine);

    [LibraryImport(Library, EntryPoint = "wasmtime_linker_define_wasi")]
    internal static partial nint LinkerDefineWasi(nint linker);

    [LibraryImport(Library, EntryPoint = "wasmtime_linker_instantiate")]
    internal static partial nint LinkerInstantiate(nint linker, nint context, nint module, out Instance instance, out nint trap);

    [LibraryImport(Library, EntryPoint = "wasmtime_linker_delete")]
    internal static partial void LinkerDelete(nint linker);

    [LibraryImport(Library, EntryPoint = "wasmtime_instance_export_get")]
    internal static partial byte InstanceExportGet(nint context, in Instance instance, byte* name, nuint length, out Extern item);

    [LibraryImport(Library, EntryPoint = "wasmtime_func_call")]
    internal static partial nint FuncCall(nint context, in Func func, nint arguments, nuint argumentCount, nint results, nuint resultCount, out nint trap);
}
