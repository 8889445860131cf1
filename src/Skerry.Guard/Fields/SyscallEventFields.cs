using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>Fields of system calls and other events of the kernel.</summary>
internal static class SyscallEventFields
{
    private const FieldTraits Dotted = FieldTraits.ArgumentRequired | FieldTraits.ArgumentDotted;
    private const long SecondInNanoseconds = 1_000_000_000;

    public static FieldClass Class { get; } = new FieldClass("evt", "System calls and other events of the kernel.")
        .Missing("evt.latency", FieldType.RelTime, "Nanoseconds between entry and exit.", FieldTraits.Deprecated)
        .Missing("evt.latency.s", FieldType.RelTime, "Seconds between entry and exit.", FieldTraits.Deprecated)
        .Missing("evt.latency.ns", FieldType.RelTime, "Nanoseconds within that second.", FieldTraits.Deprecated)
        .Missing("evt.latency.quantized", FieldType.UInt64, "Logarithm of the time between entry and exit.", FieldTraits.Deprecated)
        .Missing("evt.latency.human", FieldType.CharBuf, "Time between entry and exit with a unit.", FieldTraits.Deprecated)
        .Number("evt.deltatime", FieldType.RelTime, "Nanoseconds since the event before.", static (e, _) => e.SincePrevious)
        .Number("evt.deltatime.s", FieldType.RelTime, "Seconds since the event before.", static (e, _) => e.SincePrevious / SecondInNanoseconds)
        .Number("evt.deltatime.ns", FieldType.RelTime, "Nanoseconds within that second.", static (e, _) => e.SincePrevious % SecondInNanoseconds)
        .Text("evt.outputtime", "The time as outputs begin with it.", static (e, _) => TimeText.Write(e, "HH:mm:ss", fraction: true))
        .Text("evt.dir", "Always <: events are told when the call returns.", static (_, _) => KnownTexts.Exit, FieldTraits.Deprecated | FieldTraits.OfType)
        .Text("evt.type", "Kind of the event, as openat.", static (e, _) => e.Type.NameText, FieldTraits.OfType)
        .Number("evt.type.is", FieldType.UInt32, "1 for events of a kind, as evt.type.is.openat.", static (e, a) => e.Type.Code == a.Index ? 1 : 0, Dotted | FieldTraits.OfType)
        .Text("syscall.type", "Name of the system call; absent for other events.", static (e, _) => e.Type.IsSyscall ? e.Type.NameText : default, FieldTraits.OfType)
        .Text("evt.category", "What the event is about: file, net, process …", static (e, _) => EventText.Category(e))
        .Number("evt.cpu", FieldType.Int16, "Number of the processor.", static (e, _) => e.Processor)
        .Text("evt.args", "All arguments as name=value.", static (e, _) => e.Arguments.ReadAll())
        .Text("evt.arg", "One argument, by number or as evt.arg.flags.", static (e, a) => e.Arguments.Read(EventText.PositionOf(e, a)), Dotted | FieldTraits.ArgumentIndex)
        .Add(new FieldDefinition("evt.rawarg", FieldType.Dyn, "One argument as the number it is, as evt.rawarg.fd.", Dotted | FieldTraits.NoRight | FieldTraits.NoTransformer)
        {
            Number = static (e, a) => e.Arguments.Number(EventText.PositionOf(e, a)),
            Text = static (e, a) => e.Arguments.Read(EventText.PositionOf(e, a)),
        })
        .Text("evt.info", "As evt.args.", static (e, _) => e.Arguments.ReadAll())
        .Text("evt.buffer", "What was read or written.", static (e, _) => EventText.Argument(e, EventText.DataArgument), FieldTraits.Unfilled, FieldType.ByteBuf)
        .Number("evt.buflen", FieldType.UInt64, "Bytes that were read or written.", static (e, _) => EventText.Length(e, null))
        .Number("evt.buflen.in", FieldType.UInt64, "Bytes that were read.", static (e, _) => EventText.Length(e, isRead: true))
        .Number("evt.buflen.out", FieldType.UInt64, "Bytes that were written.", static (e, _) => EventText.Length(e, isRead: false))
        .Number("evt.buflen.file", FieldType.UInt64, "Bytes that were read from or written to a file.", static (e, _) => EventText.Length(e, null, EventCategory.File))
        .Number("evt.buflen.file.in", FieldType.UInt64, "Bytes that were read from a file.", static (e, _) => EventText.Length(e, isRead: true, EventCategory.File))
        .Number("evt.buflen.file.out", FieldType.UInt64, "Bytes that were written to a file.", static (e, _) => EventText.Length(e, isRead: false, EventCategory.File))
        .Number("evt.buflen.net", FieldType.UInt64, "Bytes that were received or sent.", static (e, _) => EventText.Length(e, null, EventCategory.Net))
        .Number("evt.buflen.net.in", FieldType.UInt64, "Bytes that were received.", static (e, _) => EventText.Length(e, isRead: true, EventCategory.Net))
        .Number("evt.buflen.net.out", FieldType.UInt64, "Bytes that were sent.", static (e, _) => EventText.Length(e, isRead: false, EventCategory.Net))
        .Text("evt.res", "SUCCESS, or the name of the error.", static (e, _) => e.Result is { } result ? ArgumentNames.Result(result, e.Scratch) : default)
        .Number("evt.rawres", FieldType.Int64, "What the call returned; negative error numbers.", static (e, _) => e.Result)
        .Flag("evt.failed", "True where the call failed.", static e => e.Result is { } result ? result < 0 : null)
        .Flag("evt.is_io", "True for reads and writes.", static e => e.Type.IsRead || e.Type.IsWrite, FieldTraits.OfType)
        .Flag("evt.is_io_read", "True for reads.", static e => e.Type.IsRead, FieldTraits.OfType)
        .Flag("evt.is_io_write", "True for writes.", static e => e.Type.IsWrite, FieldTraits.OfType)
        .Text("evt.io_dir", "r for reads, w for writes.", static (e, _) => e.Type.IsRead ? KnownTexts.Read : e.Type.IsWrite ? KnownTexts.Write : default, FieldTraits.OfType)
        .Flag("evt.is_wait", "True for calls that make the thread wait.", static e => e.Type.Waits, FieldTraits.OfType)
        .Missing("evt.wait_latency", FieldType.RelTime, "Nanoseconds the call waited.", FieldTraits.Deprecated)
        .Flag("evt.is_syslog", "True for writes to /dev/log.", static e => e.Type.IsWrite && e.Descriptor is { } d && d.Name.Span.SequenceEqual("/dev/log"u8))
        .Number("evt.count", FieldType.UInt32, "Always 1.", static (_, _) => 1)
        .Number("evt.count.error", FieldType.UInt32, "1 for calls that failed.", static (e, _) => e.Result < 0 ? 1 : 0)
        .Number("evt.count.error.file", FieldType.UInt32, "1 for calls on files that failed.", static (e, _) => EventText.Failed(e, EventCategory.File))
        .Number("evt.count.error.net", FieldType.UInt32, "1 for calls on sockets that failed.", static (e, _) => EventText.Failed(e, EventCategory.Net))
        .Number("evt.count.error.memory", FieldType.UInt32, "1 for calls on memory that failed.", static (e, _) => EventText.Failed(e, EventCategory.Memory))
        .Number("evt.count.error.other", FieldType.UInt32, "1 for other calls that failed.", static (e, _) =>
            e.Result < 0 && e.Type.Category is not (EventCategory.File or EventCategory.Net or EventCategory.Memory) ? 1 : 0)
        .Missing("evt.count.procinfo", FieldType.UInt32, "1 for reports on processes.")
        .Missing("evt.count.threadinfo", FieldType.UInt32, "1 for reports on threads.")
        .Missing("evt.infra.docker.name", FieldType.CharBuf, "Event of a container engine.")
        .Missing("evt.infra.docker.container.id", FieldType.CharBuf, "Container of such an event.")
        .Missing("evt.infra.docker.container.name", FieldType.CharBuf, "Its name.")
        .Missing("evt.infra.docker.container.image", FieldType.CharBuf, "Its image.")
        .Number("evt.count.exit", FieldType.UInt32, "1 for calls that returned.", static (_, _) => 1)
        .Add(new FieldDefinition(Decisions.AroundTest.FieldName, FieldType.UInt64, "evt.around[T]=D is true for events at most D milliseconds before or after T, in nanoseconds since 1970.",
            FieldTraits.ArgumentRequired | FieldTraits.ArgumentKey | FieldTraits.FilterOnly | FieldTraits.NoRight | FieldTraits.NoTransformer) { Number = static (_, _) => null })
        .Text("evt.abspath", "Absolute path of the call; evt.abspath.src and .dst where it has two.", static (e, a) => EventPaths.Absolute(e, a.Key), FieldTraits.ArgumentAllowed | FieldTraits.ArgumentDotted)
        .Flag("evt.is_open_read", "True for opens that may read.", static e => OpenFlags.MayRead(e))
        .Flag("evt.is_open_write", "True for opens that may write.", static e => OpenFlags.MayWrite(e))
        .Flag("evt.is_open_exec", "True for opens that make a file that may be executed.", static e => OpenFlags.MakesExecutable(e))
        .Flag("evt.is_open_create", "True for opens that may make the file and went well.", static e => OpenFlags.Creates(e));
}
