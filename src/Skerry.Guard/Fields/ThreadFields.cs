namespace Skerry.Guard.Fields;

/// <summary>Fields of the thread, and of users and groups.</summary>
internal static class ThreadFields
{
    private const long Kilo = 1024;

    public static FieldClass Threads { get; } = new FieldClass("thread", "The thread that made the event.")
        .Missing("thread.pfmajor", FieldType.UInt64, "Page faults that read a disk.")
        .Missing("thread.pfminor", FieldType.UInt64, "Page faults that did not.")
        .Number("thread.tid", FieldType.Int64, "Thread number.", static (e, _) => e.ThreadId)
        .Flag("thread.ismain", "True for the first thread of a process.", static e => e.Process is { } p ? p.Pid == e.ThreadId : null)
        .Number("thread.vtid", FieldType.Int64, "Thread number in its own namespace.", static (e, _) => e.VirtualThreadId)
        .Missing("thread.nametid", FieldType.CharBuf, "Process name and thread number.")
        .Missing("thread.exectime", FieldType.RelTime, "Processor time of the last slice.")
        .Missing("thread.totexectime", FieldType.RelTime, "Processor time since the guard began to watch.")
        .Text("thread.cgroups", "All cgroups as controller=path.", static (e, _) => e.Process?.Cgroups ?? default, FieldTraits.Unfilled)
        .Text("thread.cgroup", "Cgroup of one controller, as thread.cgroup.memory.", static (e, a) => CgroupText.Of(e.Process, a.Key), FieldTraits.ArgumentRequired | FieldTraits.ArgumentDotted | FieldTraits.Unfilled)
        .Missing("thread.cpu", FieldType.Double, "Processor time in the last second.")
        .Missing("thread.cpu.user", FieldType.Double, "Of it, in the program.")
        .Missing("thread.cpu.system", FieldType.Double, "Of it, in the kernel.")
        .Number("thread.vmsize", FieldType.UInt64, "Memory in kB; 0 for threads that are not the first.", static (e, _) => e.Process is { } p ? (p.Pid == e.ThreadId ? (long?)p.VirtualMemory : 0) : null, FieldTraits.Unfilled)
        .Number("thread.vmrss", FieldType.UInt64, "Resident memory in kB; 0 for threads that are not the first.", static (e, _) => e.Process is { } p ? (p.Pid == e.ThreadId ? (long?)p.ResidentMemory : 0) : null, FieldTraits.Unfilled)
        .Number("thread.vmsize.b", FieldType.UInt64, "As thread.vmsize, in bytes.", static (e, _) => e.Process is { } p ? (p.Pid == e.ThreadId ? (long?)p.VirtualMemory * Kilo : 0) : null, FieldTraits.Unfilled)
        .Number("thread.vmrss.b", FieldType.UInt64, "As thread.vmrss, in bytes.", static (e, _) => e.Process is { } p ? (p.Pid == e.ThreadId ? (long?)p.ResidentMemory * Kilo : 0) : null, FieldTraits.Unfilled);

    public static FieldClass Users { get; } = new FieldClass("user", "The user a process runs as.")
        .Number("user.uid", FieldType.UInt32, "User number.", static (e, _) => e.Process?.User?.Uid)
        .Text("user.name", "User name; <NA> where the number has none.", static (e, _) => e.Process?.User is { } user ? (user.Name.IsAbsent ? KnownTexts.Unknown : user.Name) : default)
        .Text("user.homedir", "Home directory.", static (e, _) => e.Process?.User?.Home ?? default)
        .Text("user.shell", "Login shell.", static (e, _) => e.Process?.User?.Shell ?? default)
        .Number("user.loginuid", FieldType.Int64, "User number at login; -1 where nobody logged in.", static (e, _) => e.Process?.User is { } user ? user.LoginUid ?? -1L : null)
        .Text("user.loginname", "User name at login; <NA> where nobody logged in.", static (e, _) => e.Process?.User is { } user ? (user.LoginName.IsAbsent ? KnownTexts.Unknown : user.LoginName) : default);

    public static FieldClass Groups { get; } = new FieldClass("group", "The group a process runs as.")
        .Number("group.gid", FieldType.UInt32, "Group number.", static (e, _) => e.Process?.User?.Gid)
        .Text("group.name", "Group name; <NA> where the number has none.", static (e, _) => e.Process?.User is { } user ? (user.GroupName.IsAbsent ? KnownTexts.Unknown : user.GroupName) : default);
}
