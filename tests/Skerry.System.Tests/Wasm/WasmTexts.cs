namespace Skerry.System.Tests.Wasm;

/// <summary>Modules in the text format, each of one purpose; hostile ones among them.</summary>
internal static class WasmTexts
{
    private const string Write = """(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))""";
    private const string Exit = """(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))""";

    /// <summary>Does nothing.</summary>
    internal const string True = """(module (memory (export "memory") 1) (func (export "_start")))""";

    /// <summary>Exits with what its one argument's length is.</summary>
    internal const string ExitByLength = $"""
        (module {Exit}
          (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "_start") (local $from i32) (local $n i32)
            (drop (call $args (i32.const 0) (i32.const 1024)))
            (local.set $from (i32.load (i32.const 4)))
            (loop $next (if (i32.load8_u (i32.add (local.get $from) (local.get $n))) (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $next))))
            (call $exit (local.get $n))))
        """;

    /// <summary>Writes its arguments and its environment, each with the NUL between two, as WASI lays them out.</summary>
    internal const string Tell = $"""
        (module {Write}
          (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env_sizes (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
          (memory (export "memory") 2)
          (func $say (param $length i32)
            (i32.store (i32.const 0) (i32.const 8192)) (i32.store (i32.const 4) (local.get $length))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
          (func (export "_start")
            (drop (call $args_sizes (i32.const 16) (i32.const 20)))
            (drop (call $args (i32.const 4096) (i32.const 8192)))
            (call $say (i32.load (i32.const 20)))
            (drop (call $env_sizes (i32.const 16) (i32.const 20)))
            (drop (call $env (i32.const 4096) (i32.const 8192)))
            (call $say (i32.load (i32.const 20)))))
        """;

    /// <summary>Copies standard input to standard output, and says "end" on standard error.</summary>
    internal const string Cat = $"""
        (module {Write}
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 2) (data (i32.const 32) "end\n")
          (func (export "_start")
            (block $done (loop $more
              (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 4096))
              (br_if $done (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
              (br_if $done (i32.eqz (i32.load (i32.const 8))))
              (i32.store (i32.const 4) (i32.load (i32.const 8)))
              (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
              (br $more)))
            (i32.store (i32.const 0) (i32.const 32)) (i32.store (i32.const 4) (i32.const 4))
            (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))))
        """;

    /// <summary>Says "up" and waits for ever.</summary>
    internal const string Wait = $"""
        (module {Write}
          (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1) (data (i32.const 512) "up\n")
          (func (export "_start")
            (i32.store (i32.const 0) (i32.const 512)) (i32.store (i32.const 4) (i32.const 3))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
            (i64.store (i32.const 0) (i64.const 0))
            (i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 1000000000000))
            (loop $again (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))) (br $again))))
        """;

    /// <summary>An endless loop.</summary>
    internal const string Loop = """(module (memory (export "memory") 1) (func (export "_start") (loop $l (br $l))))""";

    /// <summary>An endless loop in the start section, before any program begins.</summary>
    internal const string StartLoop = """(module (memory (export "memory") 1) (func $s (loop $l (br $l))) (start $s) (func (export "_start")))""";

    /// <summary>Calls itself without an end.</summary>
    internal const string Recurse = """(module (memory (export "memory") 1) (func $deep (call $deep)) (func (export "_start") (call $deep)))""";

    /// <summary>Grows its memory by a mebibyte and writes to it, until that is refused: exits with the number of mebibytes it got.</summary>
    internal const string Bomb = $"""
        (module {Exit} (memory (export "memory") 1)
          (func (export "_start") (local $at i32) (local $n i32)
            (loop $more
              (local.set $at (memory.grow (i32.const 16)))
              (if (i32.eq (local.get $at) (i32.const -1)) (then (call $exit (local.get $n))))
              (memory.fill (i32.mul (local.get $at) (i32.const 65536)) (i32.const 1) (i32.const 1048576))
              (local.set $n (i32.add (local.get $n) (i32.const 1)))
              (br $more))))
        """;

    /// <summary>Grows a table until that is refused, then exits with 9.</summary>
    internal const string Table = $"""
        (module {Exit} (memory (export "memory") 1) (table $t 1 funcref)
          (func (export "_start")
            (loop $more (if (i32.eq (table.grow $t (ref.null func) (i32.const 65536)) (i32.const -1)) (then (call $exit (i32.const 9)))) (br $more))))
        """;

    /// <summary>Divides by zero.</summary>
    internal const string Trap = """(module (memory (export "memory") 1) (func $divide (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0))) (func (export "_start") (drop (call $divide (i32.const 0)))))""";

    /// <summary>
    /// Opens a path below its first directory (descriptor 3), to make and write it, or only to read: exits with the WASI error, 0 when it worked.
    /// </summary>
    internal static string Open(string path, bool writes) => $"""
        (module {Exit}
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1) (data (i32.const 64) "{path}") (data (i32.const 2048) "written by a module\n")
          (func (export "_start") (local $error i32)
            (local.set $error (call $open (i32.const 3) (i32.const 1) (i32.const 64) (i32.const {path.Length}) (i32.const {(writes ? 1 : 0)}) (i64.const {(writes ? 64 : 2)}) (i64.const 0) (i32.const 0) (i32.const 16)))
            (if (i32.eqz (local.get $error)) (then {(writes ? """
            (i32.store (i32.const 0) (i32.const 2048)) (i32.store (i32.const 4) (i32.const 20))
            (local.set $error (call $write (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 8)))
            """ : "")}))
            (call $exit (local.get $error))))
        """;

    /// <summary>A component of WASI preview 2 that returns well, or not.</summary>
    internal static string Component(bool isOk) => $"""
        (component
          (core module $m (func (export "run") (result i32) (i32.const {(isOk ? 0 : 1)})))
          (core instance $i (instantiate $m))
          (func $run (result (result)) (canon lift (core func $i "run")))
          (instance $r (export "run" (func $run)))
          (export "wasi:cli/run@0.2.3" (instance $r)))
        """;
}
