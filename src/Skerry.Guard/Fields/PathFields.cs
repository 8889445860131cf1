namespace Skerry.Guard.Fields;

/// <summary>Fields of paths in arguments.</summary>
internal static class PathFields
{
    public static FieldClass Class { get; } = new FieldClass("fs.path", "Paths in the arguments of system calls that went well.")
        .Text("fs.path.name", "Absolute path.", static (e, _) => EventPaths.Name(e))
        .Text("fs.path.nameraw", "Path as the call had it.", static (e, _) => EventPaths.Raw(e))
        .Text("fs.path.source", "Absolute path of what is moved, linked or mounted.", static (e, _) => EventPaths.Resolve(e, EventPaths.RawSource(e)))
        .Text("fs.path.sourceraw", "As the call had it.", static (e, _) => EventPaths.RawSource(e))
        .Text("fs.path.target", "Absolute path of where to.", static (e, _) => EventPaths.Resolve(e, EventPaths.RawTarget(e)))
        .Text("fs.path.targetraw", "As the call had it.", static (e, _) => EventPaths.RawTarget(e));

    /// <summary>Fields for who writes rules.</summary>
    public static FieldClass Utilities { get; } = new FieldClass("util", "For who writes rules.")
        .Missing("util.cnt", FieldType.UInt64, "A number that grows with each event that is shown.");

    /// <summary>Messages to syslog: writes are not read by the sensor.</summary>
    public static FieldClass Syslog { get; } = new FieldClass("syslog", "Messages to syslog.")
        .Missing("syslog.facility.str", FieldType.CharBuf, "Facility.")
        .Missing("syslog.facility", FieldType.UInt32, "Number of the facility.")
        .Missing("syslog.severity.str", FieldType.CharBuf, "Severity.")
        .Missing("syslog.severity", FieldType.UInt32, "Number of the severity.")
        .Missing("syslog.message", FieldType.CharBuf, "Message.");
}
