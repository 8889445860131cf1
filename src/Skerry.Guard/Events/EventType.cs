namespace Skerry.Guard.Events;

/// <summary>One kind of event: a system call, a tracepoint or something the guard tells. The instances are those of <see cref="EventTypes"/>.</summary>
public sealed class EventType
{
    private readonly sbyte[] _positions;
    private readonly Text[] _argumentTexts;
    private readonly ArgumentForm[] _argumentForms;

    internal EventType(int code, string name, bool isSyscall, EventCategory category, bool waits, IReadOnlyList<string> arguments, sbyte[] positions)
    {
        Code = code;
        Name = name;
        NameText = name;
        IsSyscall = isSyscall;
        Category = category;
        Waits = waits;
        Arguments = arguments;
        _argumentTexts = [.. arguments.Select(static a => (Text)a)];
        _argumentForms = [.. arguments.Select(a => ArgumentForms.Of(name, a))];
        _positions = positions;
    }

    /// <summary>Index into <see cref="EventTypes.All"/>; not stable from version to version.</summary>
    public int Code { get; }

    /// <summary>Name in rules, as "openat".</summary>
    public string Name { get; }

    /// <summary>True for system calls.</summary>
    public bool IsSyscall { get; }

    /// <summary>What it is about.</summary>
    public EventCategory Category { get; }

    /// <summary>True for calls that make the thread wait.</summary>
    public bool Waits { get; }

    /// <summary>Names of the arguments in their order.</summary>
    public IReadOnlyList<string> Arguments { get; }

    internal Text NameText { get; }

    internal bool IsRead => Category == EventCategory.IoRead;

    internal bool IsWrite => Category == EventCategory.IoWrite;

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal Text ArgumentText(int position) => _argumentTexts[position];

    /// <summary>What the numbers in an argument are.</summary>
    internal ArgumentForm ArgumentForm(int position) => _argumentForms[position];

    /// <summary>Where an argument is, by its number in <see cref="EventTypes.ArgumentId"/>; -1 where this event has none such.</summary>
    internal int PositionOf(int argumentId) => (uint)argumentId < (uint)_positions.Length ? _positions[argumentId] : -1;
}
