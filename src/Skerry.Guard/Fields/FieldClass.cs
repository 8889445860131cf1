using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>Fields that belong together, in the order of listings.</summary>
public sealed class FieldClass
{
    private readonly List<FieldDefinition> _fields = [];

    internal FieldClass(string name, string description) => (Name, Description) = (name, description);

    /// <summary>What the names begin with, mostly.</summary>
    public string Name { get; }

    /// <summary>What the fields are about.</summary>
    public string Description { get; }

    /// <summary>The fields.</summary>
    public IReadOnlyList<FieldDefinition> Fields => _fields;

    internal FieldClass Text(string name, string description, FieldText read, FieldTraits traits = FieldTraits.None, FieldType type = FieldType.CharBuf) =>
        Add(new FieldDefinition(name, type, description, traits) { Text = read });

    internal FieldClass Number(string name, FieldType type, string description, FieldNumber read, FieldTraits traits = FieldTraits.None) =>
        Add(new FieldDefinition(name, type, description, traits) { Number = read });

    internal FieldClass Flag(string name, string description, Func<KernelEvent, bool?> read, FieldTraits traits = FieldTraits.None) =>
        Add(new FieldDefinition(name, FieldType.Bool, description, traits) { Number = (e, _) => read(e) switch { true => 1, false => 0, null => null } });

    internal FieldClass Address(string name, FieldType type, string description, FieldAddress read, FieldAddress? other = null, FieldTraits traits = FieldTraits.None) =>
        Add(new FieldDefinition(name, type, description, traits) { Address = read, OtherAddress = other });

    /// <summary>A field that the sensor does not give.</summary>
    internal FieldClass Missing(string name, FieldType type, string description, FieldTraits traits = FieldTraits.None) =>
        Add(new FieldDefinition(name, type, description, traits));

    internal FieldClass Add(FieldDefinition field)
    {
        _fields.Add(field);
        return this;
    }
}
