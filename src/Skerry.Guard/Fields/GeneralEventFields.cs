namespace Skerry.Guard.Fields;

/// <summary>Fields of any event, whatever its source.</summary>
internal static class GeneralEventFields
{
    private const long SecondInNanoseconds = 1_000_000_000;

    public static FieldClass Class { get; } = new FieldClass("evt", "Any event, whatever its source.")
        .Number("evt.num", FieldType.UInt64, "Running number of the event, from 1.", static (e, _) => (long)e.Number)
        .Text("evt.time", "Time of day with nanoseconds, UTC.", static (e, _) => TimeText.Write(e, "HH:mm:ss", fraction: true))
        .Text("evt.time.s", "Time of day without nanoseconds, UTC.", static (e, _) => TimeText.Write(e, "HH:mm:ss", fraction: false))
        .Text("evt.time.iso8601", "Date and time with nanoseconds in ISO 8601 form, UTC.", static (e, _) => TimeText.Write(e, "yyyy-MM-ddTHH:mm:ss", fraction: true, "+0000"u8))
        .Text("evt.datetime", "Date and time with nanoseconds, UTC.", static (e, _) => TimeText.Write(e, "yyyy-MM-dd HH:mm:ss", fraction: true))
        .Text("evt.datetime.s", "Date and time without nanoseconds, UTC.", static (e, _) => TimeText.Write(e, "yyyy-MM-dd HH:mm:ss", fraction: false))
        .Number("evt.rawtime", FieldType.AbsTime, "Nanoseconds since 1970.", static (e, _) => e.Timestamp)
        .Number("evt.rawtime.s", FieldType.AbsTime, "Seconds since 1970.", static (e, _) => e.Timestamp / SecondInNanoseconds)
        .Number("evt.rawtime.ns", FieldType.AbsTime, "Nanoseconds within the second.", static (e, _) => e.Timestamp % SecondInNanoseconds)
        .Number("evt.reltime", FieldType.RelTime, "Nanoseconds since the guard began to watch.", static (e, _) => e.SinceStart)
        .Number("evt.reltime.s", FieldType.RelTime, "Seconds since the guard began to watch.", static (e, _) => e.SinceStart / SecondInNanoseconds)
        .Number("evt.reltime.ns", FieldType.RelTime, "Nanoseconds within that second.", static (e, _) => e.SinceStart % SecondInNanoseconds)
        .Missing("evt.pluginname", FieldType.CharBuf, "Plugin that made the event.")
        .Missing("evt.plugininfo", FieldType.CharBuf, "The plugin's own words on the event.")
        .Text("evt.source", "Source of the event: syscall.", static (_, _) => KnownTexts.Syscall, FieldTraits.OfType)
        .Flag("evt.is_async", "True for events that were put in by somebody else than the kernel.", static _ => false, FieldTraits.OfType)
        .Missing("evt.asynctype", FieldType.CharBuf, "Kind of an event that was put in.")
        .Text("evt.hostname", "Name of the machine.", static (e, _) => e.HostName);
}
