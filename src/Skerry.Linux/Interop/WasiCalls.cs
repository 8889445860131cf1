using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>wasi.h (crates/c-api/include of Wasmtime): what a module gets of the system.</summary>
internal static unsafe partial class WasiCalls
{
    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasi_config_new")]
    internal static partial nint ConfigNew();

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasi_config_delete")]
    internal static partial void ConfigDelete(nint config);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasi_config_set_argv")]
    internal static partial byte SetArguments(nint config, nuint count, byte** arguments);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasi_config_set_env")]
    internal static partial byte SetEnvironment(nint config, nuint count, byte** names, byte** values);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasi_config_inherit_stdin")]
    internal static partial void InheritStdin(nint config);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasi_config_inherit_stdout")]
    internal static partial void InheritStdout(nint config);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasi_config_inherit_stderr")]
    internal static partial void InheritStderr(nint config);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasi_config_inherit_network")]
    internal static partial void InheritNetwork(nint config);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasi_config_allow_ip_name_lookup")]
    internal static partial void AllowNameLookup(nint config, byte enable);

    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasi_config_preopen_dir", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial byte PreopenDirectory(nint config, string hostPath, string guestPath, byte isWritable);

    /// <summary>Takes the configuration over, also when it fails.</summary>
    [LibraryImport(WasmtimeCalls.Library, EntryPoint = "wasmtime_context_set_wasi")]
    internal static partial nint ContextSetWasi(nint context, nint config);
}
