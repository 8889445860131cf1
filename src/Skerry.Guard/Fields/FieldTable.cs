using System.Collections.Frozen;
using System.Globalization;
using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>All fields of the source "syscall", in the order of listings, and how a name with an argument becomes a use of one.</summary>
public static class FieldTable
{
    private static readonly FrozenDictionary<string, FieldDefinition> ByName;

    static FieldTable()
    {
        Classes =
        [
            GeneralEventFields.Class, SyscallEventFields.Class, ProcessFields.Class, ThreadFields.Threads, ThreadFields.Users, ThreadFields.Groups,
            ContainerFields.Class, ContainerFields.Pods, DescriptorFields.Class, DescriptorFields.Lists, PathFields.Class, PathFields.Syslog, PathFields.Utilities,
        ];
        ByName = Classes.SelectMany(static c => c.Fields).ToFrozenDictionary(static f => f.Name, StringComparer.Ordinal);
    }

    /// <summary>The fields by what they are about.</summary>
    public static IReadOnlyList<FieldClass> Classes { get; }

    /// <summary>The field of this name, without argument; null where there is none.</summary>
    public static FieldDefinition? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Finds a field and reads its argument.</summary>
    /// <exception cref="FieldException">There is no such field, or the argument is not one of its.</exception>
    internal static FieldUse Resolve(string name, string? argument)
    {
        if (Find(name) is { } field)
        {
            return argument is not null ? new FieldUse(field, ReadArgument(field, argument), TypeOf(field, null))
                : field.Has(FieldTraits.ArgumentRequired) ? throw new FieldException($"the field '{name}' needs an argument")
                : new FieldUse(field, FieldArgument.None, TypeOf(field, null));
        }

        for (var dot = name.LastIndexOf('.'); dot > 0 && argument is null; dot = name.LastIndexOf('.', dot - 1))
        {
            if (Find(name[..dot]) is { } parent)
            {
                return parent.Has(FieldTraits.ArgumentDotted) ? ReadDotted(parent, name[(dot + 1)..]) : throw Unknown(name);
            }
        }

        throw Unknown(name);
    }

    private static FieldException Unknown(string name) => new($"nonexistent field '{name}'", isUnknown: true);

    private static FieldArgument ReadArgument(FieldDefinition field, string argument)
    {
        if (!field.Has(FieldTraits.ArgumentAllowed | FieldTraits.ArgumentRequired))
        {
            throw new FieldException($"the field '{field.Name}' takes no argument", isUnknown: true);
        }

        if (field.Has(FieldTraits.ArgumentIndex) && int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return new FieldArgument(index, null);
        }

        return field.Has(FieldTraits.ArgumentKey) ? new FieldArgument(-1, argument)
            : throw new FieldException($"'{argument}' is no argument of the field '{field.Name}'" + (field.Has(FieldTraits.ArgumentIndex) ? ": a number is expected" : ""), isUnknown: true);
    }

    private static FieldUse ReadDotted(FieldDefinition field, string rest)
    {
        switch (field.Name)
        {
            case "evt.type.is":
                return EventTypes.Find(rest) is { } type ? new FieldUse(field, new FieldArgument(type.Code, null), field.Type)
                    : EventTypes.IsUnseen(rest) ? new FieldUse(field, FieldArgument.None, field.Type)
                    : throw new FieldException($"unknown event type '{rest}'", isUnknown: true);
            case "evt.arg" or "evt.rawarg":
                return EventTypes.ArgumentId(rest) is >= 0 and var id
                    ? new FieldUse(field, new FieldArgument(id, rest), TypeOf(field, rest))
                    : throw new FieldException($"unknown event argument '{rest}'", isUnknown: true);
            case "evt.abspath":
                return rest is "src" or "dst" ? new FieldUse(field, new FieldArgument(-1, rest), field.Type) : throw Unknown($"evt.abspath.{rest}");
            default:
                return new FieldUse(field, new FieldArgument(-1, rest), field.Type);
        }
    }

    /// <summary>Type of a field; of a raw argument that of the argument.</summary>
    private static FieldType TypeOf(FieldDefinition field, string? argument) =>
        field.Type != FieldType.Dyn ? field.Type
        : argument is "name" or "path" or "exe" or "args" or "comm" or "cwd" or "filename" or "oldpath" or "newpath" or "target" or "linkpath" or "pathname"
            or "special" or "dev" or "dir" or "tuple" or "data" or "env" or "uargs" or "key" or "trusted_exepath" or "exepath" or "cgroups" ? FieldType.CharBuf
        : FieldType.Int64;
}
