using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>What several fields of descriptors need.</summary>
internal static class DescriptorText
{
    private static readonly (Text Name, Text Letter)[] Types = [.. Enum.GetValues<DescriptorKind>().Select(static k => Names(k))];
    private static readonly bool[] Opens = [.. EventTypes.All.Select(static t => t.Name is "open" or "openat" or "openat2" or "creat" or "open_by_handle_at")];

    public static Text TypeOf(DescriptorKind kind) => Types[(int)kind].Name;

    public static Text LetterOf(DescriptorKind kind) => Types[(int)kind].Letter;

    /// <summary>One letter; of opens that made no descriptor that of a file.</summary>
    public static Text Letter(KernelEvent e) => e.Descriptor is { } d ? Types[(int)d.Kind].Letter : Opens[e.Type.Code] ? Types[(int)DescriptorKind.File].Letter : default;

    /// <summary>The name; of opens that made no descriptor what they were about.</summary>
    public static Text Name(KernelEvent e, bool isRaw)
    {
        if (e.Descriptor is not { } descriptor)
        {
            return Opens[e.Type.Code] ? EventPaths.Opened(e, isRaw) : default;
        }

        return isRaw && !descriptor.RawName.IsAbsent ? descriptor.RawName : descriptor.Name;
    }

    public static Text Directory(KernelEvent e)
    {
        if (e.Descriptor is { Kind: DescriptorKind.Directory } directory)
        {
            return directory.Name;
        }

        if (e.Descriptor is { IsFile: false })
        {
            return default;
        }

        var name = Name(e, isRaw: false);
        var slash = name.Span.LastIndexOf((byte)'/');
        return name.IsAbsent ? default : slash <= 0 ? KnownTexts.Slash : name.Slice(0, slash);
    }

    public static Text FileName(KernelEvent e)
    {
        if (e.Descriptor is not { IsFile: true } file)
        {
            return default;
        }

        var slash = file.Name.Span.LastIndexOf((byte)'/');
        return slash < 0 ? KnownTexts.Slash : file.Name.Slice(slash + 1, file.Name.Length - slash - 1);
    }

    /// <summary>The container's identifier, a colon and a name.</summary>
    public static Text InContainer(KernelEvent e, Text name) => name.IsAbsent ? default
        : e.Scratch.Begin().Append((e.Container?.Id ?? KnownTexts.Host).Span).Append((byte)':').Append(name.Span).Take();

    public static Text Unique(KernelEvent e) => e.DescriptorNumber is { } number ? e.Scratch.Begin().Append(e.ThreadId).Append(number).Take() : default;

    public static Text Port(KernelEvent e, long? port) => port is { } number ? e.Scratch.Begin().Append(number).Take() : default;

    /// <summary>Types of the standard streams and of the event's own descriptor, each once.</summary>
    public static bool AllTypes(KernelEvent e, FieldArgument argument, List<Text> into)
    {
        if (e.Process is not { } process)
        {
            return false;
        }

        if (argument.Index >= 0)
        {
            if (argument.Index >= process.StandardStreams.Length || process.StandardStreams[argument.Index] is not { } one)
            {
                return false;
            }

            into.Add(TypeOf(one.Kind));
            return true;
        }

        foreach (var stream in process.StandardStreams)
        {
            AddType(stream, into);
        }

        AddType(e.Descriptor, into);
        return into.Count > 0;
    }

    private static void AddType(DescriptorFacts? descriptor, List<Text> into)
    {
        if (descriptor is not null && !into.Contains(TypeOf(descriptor.Kind)))
        {
            into.Add(TypeOf(descriptor.Kind));
        }
    }

    private static (Text Name, Text Letter) Names(DescriptorKind kind) => kind switch
    {
        DescriptorKind.File => ("file", "f"),
        DescriptorKind.Directory => ("directory", "d"),
        DescriptorKind.Ipv4 or DescriptorKind.Ipv4Listener => ("ipv4", "4"),
        DescriptorKind.Ipv6 or DescriptorKind.Ipv6Listener => ("ipv6", "6"),
        DescriptorKind.Unix => ("unix", "u"),
        DescriptorKind.Pipe => ("pipe", "p"),
        DescriptorKind.Event => ("event", "e"),
        DescriptorKind.Signal => ("signalfd", "s"),
        DescriptorKind.EventPoll => ("eventpoll", "l"),
        DescriptorKind.Inotify => ("inotify", "i"),
        DescriptorKind.Timer => ("timerfd", "t"),
        DescriptorKind.Netlink => ("netlink", "n"),
        DescriptorKind.Bpf => ("bpf", "b"),
        DescriptorKind.UserFault => ("userfaultfd", "u"),
        DescriptorKind.IoUring => ("io_uring", "r"),
        DescriptorKind.Memory => ("memfd", "m"),
        DescriptorKind.Process => ("pidfd", "P"),
        _ => ("unknown", "o"),
    };
}
