using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>A field of the rule language: what it is called, what it is, and how it is read from an event.</summary>
public sealed class FieldDefinition
{
    internal FieldDefinition(string name, FieldType type, string description, FieldTraits traits)
    {
        Name = name;
        Type = type;
        Description = description;
        Traits = traits;
    }

    /// <summary>Name, without argument.</summary>
    public string Name { get; }

    /// <summary>Type of its value.</summary>
    public FieldType Type { get; }

    /// <summary>One sentence.</summary>
    public string Description { get; }

    /// <summary>What may be done with it.</summary>
    public FieldTraits Traits { get; }

    /// <summary>False where the guard knows the field and its sensor cannot give it: it is absent in every event.</summary>
    public bool IsGiven => !Has(FieldTraits.Unfilled)
        && (Text is not null || Number is not null || Address is not null || List is not null || AncestorText is not null || AncestorNumber is not null);

    internal FieldText? Text { get; init; }

    internal FieldNumber? Number { get; init; }

    internal FieldAddress? Address { get; init; }

    /// <summary>The other end, for fields that match either.</summary>
    internal FieldAddress? OtherAddress { get; init; }

    /// <summary>As <see cref="OtherAddress"/>, for ports.</summary>
    internal FieldNumber? OtherNumber { get; init; }

    internal FieldList? List { get; init; }

    /// <summary>Of one process, for fields that look at ancestors: any of them, or the one so many steps up. What <see cref="Text"/> or <see cref="Number"/> give is shown.</summary>
    internal Func<KernelEvent, ProcessFacts, Text>? AncestorText { get; init; }

    /// <summary>As <see cref="AncestorText"/>, for numbers.</summary>
    internal Func<ProcessFacts, long?>? AncestorNumber { get; init; }

    internal bool Has(FieldTraits trait) => (Traits & trait) != 0;
}
