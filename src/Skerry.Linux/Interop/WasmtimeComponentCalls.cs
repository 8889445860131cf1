using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>wasmtime/component.h (crates/c-api/include of Wasmtime): components and WASI preview 2.</summary>
internal static unsafe partial class WasmtimeComponentCalls
{
    /// <summary>wasmtime/component/val.h: a <c>result</c>.</summary>
    internal const byte WASMTIME_COMPONENT_RESULT = 19;

    /// <summary>wasmtime_component_instance_t. What is in it is the library's own affair and differs between releases: 16 bytes in 50.0.1.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    internal struct Instance
    {
        [FieldOffset(0)]
        internal ulong StoreId;
    }

    /// <summary>wasmtime_component_func_t, as <see cref="Instance"/>: 24 bytes in release 49, 32 in 50.0.1.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    internal struct Func
    {
        [FieldOffset(0)]
        internal ulong StoreId;
    }

    /// <summary>wasmtime_component_val_t: a kind and a union; of its members only a result is looked at. One at a time, so more room does no harm.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    internal struct Val
    {
        [FieldOffset(0)]
        internal byte Kind;

        [FieldOffset(8)]
        internal byte IsOk;

        [FieldOffset(16)]
        internal void* Value;
    }

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasmtime_component_new")]
    internal static partial nint New(nint engine, byte* wasm, nuint length, out nint component);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasmtime_component_serialize")]
    internal static partial nint Serialize(nint component, WasmtimeCalls.ByteVec* bytes);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasmtime_component_deserialize_file", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint DeserializeFile(nint engine, string path, out nint component);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasmtime_component_delete")]
    internal static partial void Delete(nint component);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasmtime_component_linker_new")]
    internal static partial nint LinkerNew(nint engine);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasmtime_component_linker_add_wasip2")]
    internal static partial nint LinkerAddWasip2(nint linker);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasmtime_component_linker_instantiate")]
    internal static partial nint LinkerInstantiate(nint linker, nint context, nint component, out Instance instance);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasmtime_component_linker_delete")]
    internal static partial void LinkerDelete(nint linker);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasmtime_component_instance_get_export_index")]
    internal static partial nint InstanceGetExportIndex(in Instance instance, nint context, nint within, byte* name, nuint length);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasmtime_component_export_index_delete")]
    internal static partial void ExportIndexDelete(nint index);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasmtime_component_instance_get_func")]
    internal static partial byte InstanceGetFunc(in Instance instance, nint context, nint index, out Func func);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasmtime_component_func_call")]
    internal static partial nint FuncCall(in Func func, nint context, nint arguments, nuint argumentCount, Val* results, nuint resultCount);
}
