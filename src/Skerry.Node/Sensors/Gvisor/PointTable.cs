using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Skerry.Guard.Decisions;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>
/// Which points of gVisor a set of rules needs, as the session that <c>runsc</c> is given (pkg/sentry/seccheck/README.md). Starts, forks and ends of
/// processes are always told; of calls, those that a rule watches, when they return.
/// </summary>
internal static class PointTable
{
    /// <summary>The only session that gVisor knows (seccheck.DefaultSessionName).</summary>
    internal const string Session = "Default";

    /// <summary>What is asked for of each point. The working directory is asked for where paths are told.</summary>
    private static readonly string[] Context = ["time", "thread_id", "group_id", "thread_group_start_time", "credentials", "process_name"];

    private static readonly string[] Directory = [.. Context, "cwd"];

    /// <summary>Told whatever the rules watch.</summary>
    private static readonly (string Name, string[] Optional)[] Kept =
    [
        ("container/start", []), ("sentry/clone", []), ("sentry/execve", ["binary_info"]), ("sentry/task_exit", []),
        ("syscall/execve/exit", []), ("syscall/execveat/exit", ["fd_path"]), ("syscall/chdir/exit", []), ("syscall/fchdir/exit", []), ("syscall/setsid/exit", []),
    ];

    /// <summary>Calls of which gVisor tells more than numbers, with what can be asked for beside.</summary>
    private static readonly Dictionary<string, string[]> Known = new(StringComparer.Ordinal)
    {
        ["open"] = [], ["openat"] = ["fd_path"], ["creat"] = [],
        ["close"] = [], ["read"] = ["fd_path"], ["pread64"] = ["fd_path"], ["readv"] = ["fd_path"], ["preadv"] = ["fd_path"],
        ["write"] = ["fd_path"], ["pwrite64"] = ["fd_path"], ["writev"] = ["fd_path"], ["pwritev"] = ["fd_path"],
        ["socket"] = [], ["socketpair"] = [], ["connect"] = ["fd_path"], ["bind"] = ["fd_path"], ["accept"] = ["fd_path"], ["accept4"] = ["fd_path"],
        ["dup"] = ["fd_path"], ["dup2"] = ["fd_path"], ["dup3"] = ["fd_path"], ["fcntl"] = ["fd_path"],
        ["chroot"] = [], ["setuid"] = [], ["setgid"] = [], ["setresuid"] = [], ["setresgid"] = [], ["clone"] = [], ["fork"] = [], ["vfork"] = [],
    };

    /// <summary>Rules on what becomes of a socket need to have seen what it is.</summary>
    private static readonly (string Of, string[] Needs)[] Following =
    [
        ("connect", ["socket"]), ("dup", ["socket", "connect", "accept", "accept4"]), ("dup2", ["socket", "connect", "accept", "accept4"]), ("dup3", ["socket", "connect", "accept", "accept4"]),
    ];

    /// <summary>Calls that paths are told of.</summary>
    private static readonly HashSet<string> WithPath = ["open", "openat", "creat"];

    /// <summary>Calls that a set of rules watches, by their kernel names; of the others nothing is asked for.</summary>
    internal static IReadOnlyList<string> Calls(RuleSet rules)
    {
        var watched = CallTable.All.Plans(rules, static _ => false).Where(p => rules.IsWatched(CallTable.All[p.Number]!.Type)).Select(static p => CallTable.KernelNameOf(p.Number)).ToHashSet(StringComparer.Ordinal);
        foreach (var (of, needs) in Following.Where(f => watched.Contains(f.Of)).ToList())
        {
            watched.UnionWith(needs);
        }

        return [.. watched.Order(StringComparer.Ordinal)];
    }

    /// <summary>Writes the session.</summary>
    /// <param name="calls">See <see cref="Calls"/>.</param>
    /// <param name="endpoint">Where the node listens.</param>
    internal static byte[] Write(IReadOnlyList<string> calls, string endpoint)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("trace_session"u8);
            json.WriteString("name"u8, Session);

            // What an older runsc does not have is left out; what comes is told.
            json.WriteBoolean("ignore_missing"u8, value: true);
            json.WriteStartArray("points"u8);
            foreach (var (name, optional) in Kept)
            {
                Point(json, name, optional, Directory);
            }

            foreach (var call in calls.Where(static c => !Array.Exists(Kept, k => k.Name == $"syscall/{c}/exit")))
            {
                if (Known.TryGetValue(call, out var optional))
                {
                    Point(json, $"syscall/{call}/exit", optional, WithPath.Contains(call) ? Directory : Context);
                    continue;
                }

                // gVisor takes what it tells at the return of such a call from what was asked for of its entry (task_syscall.go), so that is asked for, too.
                var number = CallTable.NumberOf(call).ToString(CultureInfo.InvariantCulture);
                Point(json, $"syscall/sysno/{number}/enter", [], Context);
                Point(json, $"syscall/sysno/{number}/exit", [], Context);
            }

            json.WriteEndArray();
            json.WriteStartArray("sinks"u8);
            json.WriteStartObject();
            json.WriteString("name"u8, "remote"u8);
            json.WriteStartObject("config"u8);
            json.WriteString("endpoint"u8, endpoint);

            // A full buffer is tried once more and no longer waited for; where nobody listens any more gVisor does not even do that.
            json.WriteNumber("retries"u8, 1);
            json.WriteString("backoff"u8, "5us"u8);
            json.WriteString("backoff_max"u8, "5us"u8);
            json.WriteEndObject();
            json.WriteBoolean("ignore_setup_error"u8, value: true);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Point(Utf8JsonWriter json, string name, string[] optional, string[] context)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, name);
        Texts(json, "optional_fields"u8, optional);
        Texts(json, "context_fields"u8, context);
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, ReadOnlySpan<byte> name, string[] texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
