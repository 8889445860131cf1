using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>libbpf.h and bpf.h of libbpf 1.x. The library is loaded with the first call: DllNotFoundException where it is not installed.</summary>
internal static unsafe partial class LibBpf
{
    internal const string Library = "libbpf.so.1";

    /// <summary>linux/bpf.h: make or change.</summary>
    internal const ulong BPF_ANY = 0;

    /// <summary>LIBBPF_WARN, libbpf.h.</summary>
    internal const int LIBBPF_WARN = 0;

    [LibraryImport(Library, EntryPoint = "bpf_object__open_mem", SetLastError = true)]
    internal static partial nint ObjectOpen(byte* bytes, nuint size, void* options);

    [LibraryImport(Library, EntryPoint = "bpf_object__load")]
    internal static partial int ObjectLoad(nint instance);

    [LibraryImport(Library, EntryPoint = "bpf_object__close")]
    internal static partial void ObjectClose(nint instance);

    [LibraryImport(Library, EntryPoint = "bpf_object__next_program")]
    internal static partial nint NextProgram(nint instance, nint previous);

    [LibraryImport(Library, EntryPoint = "bpf_object__find_map_by_name", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint FindMap(nint instance, string name);

    [LibraryImport(Library, EntryPoint = "bpf_map__fd")]
    internal static partial int MapNumber(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__reuse_fd")]
    internal static partial int MapReuse(nint map, int number);

    [LibraryImport(Library, EntryPoint = "bpf_map__set_max_entries")]
    internal static partial int MapSetMaxEntries(nint map, uint count);

    [LibraryImport(Library, EntryPoint = "bpf_map__set_initial_value")]
    internal static partial int MapSetInitialValue(nint map, void* bytes, nuint size);

    [LibraryImport(Library, EntryPoint = "bpf_map_update_elem", SetLastError = true)]
    internal static partial int MapUpdate(int map, void* key, void* value, ulong flags);

    [LibraryImport(Library, EntryPoint = "bpf_map_delete_elem", SetLastError = true)]
    internal static partial int MapDelete(int map, void* key);

    [LibraryImport(Library, EntryPoint = "bpf_map_lookup_elem", SetLastError = true)]
    internal static partial int MapLookup(int map, void* key, void* value);

    [LibraryImport(Library, EntryPoint = "bpf_program__name")]
    internal static partial byte* ProgramName(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__fd")]
    internal static partial int ProgramNumber(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__set_autoload")]
    internal static partial int ProgramSetAutoload(nint program, byte load);

    [LibraryImport(Library, EntryPoint = "bpf_program__attach", SetLastError = true)]
    internal static partial nint ProgramAttach(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_link__destroy")]
    internal static partial int LinkDestroy(nint link);

    [LibraryImport(Library, EntryPoint = "bpf_program__expected_attach_type")]
    internal static partial int ProgramAttachType(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_link__fd")]
    internal static partial int LinkNumber(nint link);

    [LibraryImport(Library, EntryPoint = "bpf_link_create", SetLastError = true)]
    internal static partial int LinkCreate(int program, int target, int attachType, void* options);

    [LibraryImport(Library, EntryPoint = "bpf_obj_pin", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Pin(int number, string path);

    [LibraryImport(Library, EntryPoint = "bpf_obj_get", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Pinned(string path);

    [LibraryImport(Library, EntryPoint = "bpf_map_get_next_key", SetLastError = true)]
    internal static partial int MapNextKey(int map, void* key, void* next);

    [LibraryImport(Library, EntryPoint = "libbpf_num_possible_cpus")]
    internal static partial int PossibleProcessors();

    [LibraryImport(Library, EntryPoint = "libbpf_set_print")]
    internal static partial nint SetPrint(delegate* unmanaged[Cdecl]<int, byte*, nint, int> print);

    [LibraryImport(Unistd.Libc, EntryPoint = "vsnprintf")]
    internal static partial int Format(byte* buffer, nuint size, byte* format, nint arguments);
}
