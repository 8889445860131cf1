using System.Globalization;
using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Linux.Bpf;
using Skerry.Node.Isolation.Seccomp;

namespace Skerry.Node.Sensors;

/// <summary>All system calls as events, from calls.txt and the table of numbers; those of the 32-bit interface by compat.tsv.</summary>
internal sealed class CallTable
{
    /// <summary>Numbers of calls are below this (CALLS, bpf/include/contract.h).</summary>
    internal const int Most = 512;

    /// <summary>Where the calls of socketcall(2) stand in the map of the 32-bit interface (COMPAT_SOCKETCALLS, bpf/dispatch.bpf.c).</summary>
    private const int SocketCalls = 480;

    /// <summary>linux/net.h: SYS_SOCKET is 1.</summary>
    private static readonly string[] SocketCallNames =
    [
        "socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair", "sendto", "recvfrom", "sendto", "recvfrom",
        "shutdown", "setsockopt", "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg",
    ];

    /// <summary>Where the rules call it otherwise than the kernel.</summary>
    private static readonly Dictionary<string, string> KernelNames = new(StringComparer.Ordinal)
    {
        ["pread"] = "pread64", ["pwrite"] = "pwrite64", ["fadvise64"] = "fadvise64", ["prlimit"] = "prlimit64",
    };

    /// <summary>Told whatever the rules watch, because what is known of processes hangs on it.</summary>
    private static readonly string[] Kept = ["chdir", "fchdir", "setsid", "capset"];

    private readonly CallShape?[] _byNumber = new CallShape?[Most];
    private readonly List<(int Number, int Call)> _compat = [];

    private CallTable()
    {
        var numbers = SeccompArch.X8664.Calls;
        foreach (var type in EventTypes.All.Where(static t => t.IsSyscall))
        {
            if (numbers.TryGetValue(KernelNames.GetValueOrDefault(type.Name, type.Name), out var number) && number < Most)
            {
                _byNumber[number] = CallShape.Bare(number, type);
            }
        }

        foreach (var row in Rows("calls.txt", ' '))
        {
            var number = numbers[KernelNames.GetValueOrDefault(row[0], row[0])];
            _byNumber[number] = CallShape.Read(number, EventTypes.Get(row[0]), row[1], row[2..]);
        }

        _compat.AddRange(Rows("compat.tsv", '\t').Select(static r => (Parse(r[0]), Parse(r[1]))));
        _compat.AddRange(SocketCallNames.Index().Select(c => (SocketCalls + c.Index + 1, numbers[c.Item])));
    }

    /// <summary>The table.</summary>
    internal static CallTable All { get; } = new();

    /// <summary>The call of a number; null where rules do not know it.</summary>
    internal CallShape? this[int number] => (uint)number < Most ? _byNumber[number] : null;

    /// <summary>Numbers of the 32-bit interface with those of the same calls on x86-64.</summary>
    internal IReadOnlyList<(int Number, int Call)> Compat => _compat;

    /// <summary>The kernel's name of a call that rules know.</summary>
    internal static string KernelNameOf(int number) => All[number] is { } shape ? KernelNames.GetValueOrDefault(shape.Type.Name, shape.Type.Name) : string.Empty;

    /// <summary>The number of a call by the kernel's name.</summary>
    internal static int NumberOf(string name) => SeccompArch.X8664.Calls[name];

    /// <summary>How each call is told for a set of rules.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="wakes">Whether an event of this kind may ask for an answer, and so is told at once.</param>
    internal IEnumerable<(int Number, CallPlan Plan)> Plans(RuleSet rules, Func<EventType, bool> wakes)
    {
        for (var number = 0; number < Most; number++)
        {
            if (_byNumber[number] is not { } shape)
            {
                continue;
            }

            var plan = shape.Plan;
            if (rules.IsWatched(shape.Type))
            {
                plan.Flags |= wakes(shape.Type) ? CallFlags.Wakes : CallFlags.None;
            }
            else if (Kept.Contains(shape.Type.Name, StringComparer.Ordinal))
            {
                plan.Flags |= CallFlags.SuccessOnly;
            }
            else
            {
                plan = default;
            }

            yield return (number, plan);
        }
    }

    private static int Parse(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static IEnumerable<string[]> Rows(string file, char separator)
    {
        using var stream = typeof(CallTable).Assembly.GetManifestResourceStream("Skerry.Node.Sensors." + file)
            ?? throw new InvalidOperationException($"the program was built without {file}");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                yield return line.Split(separator);
            }
        }
    }
}
