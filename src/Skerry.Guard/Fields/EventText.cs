using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>What several fields of events need.</summary>
internal static class EventText
{
    private static readonly Text[] Categories = [.. Enum.GetValues<EventCategory>().Select(static c => (Text)c.ToString().ToLowerInvariant())];

    public static int DataArgument { get; } = EventTypes.ArgumentId("data");

    /// <summary>What an event is about; of reads and writes, what the descriptor is.</summary>
    public static Text Category(KernelEvent e) => Categories[(int)CategoryOf(e)];

    public static Text Argument(KernelEvent e, int argumentId) => e.Arguments.Read(e.Type.PositionOf(argumentId));

    /// <summary>Where the argument of evt.arg is in this event: the number itself, or where the name is.</summary>
    public static int PositionOf(KernelEvent e, FieldArgument argument) => argument.Key is null ? argument.Index : e.Type.PositionOf(argument.Index);

    /// <summary>Bytes of a read or a write, where it was one and, if wanted, on a descriptor of a kind.</summary>
    public static long? Length(KernelEvent e, bool? isRead, EventCategory? category = null)
    {
        var isWanted = (isRead != false && e.Type.IsRead) || (isRead != true && e.Type.IsWrite);
        return isWanted && (category is null || CategoryOf(e) == category) && e.Result is >= 0 and var bytes ? bytes : null;
    }

    public static long Failed(KernelEvent e, EventCategory category) => e.Result < 0 && e.Type.Category == category ? 1 : 0;

    private static EventCategory CategoryOf(KernelEvent e) => e.Type.Category switch
    {
        EventCategory.IoRead or EventCategory.IoWrite or EventCategory.IoOther => e.Descriptor switch
        {
            { IsInternet: true } or { Kind: DescriptorKind.Unix } => EventCategory.Net,
            { Kind: DescriptorKind.File or DescriptorKind.Directory } => EventCategory.File,
            { Kind: DescriptorKind.Pipe } => EventCategory.Ipc,
            _ => EventCategory.Other,
        },
        var category => category,
    };
}
