namespace Skerry.Guard.Events;

/// <summary>What the number in an argument is, and so how rules read it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Names">Names of its values or bits; null where it has none.</param>
internal sealed record ArgumentForm(ArgumentForm.Meaning Kind, FlagNames? Names = null)
{
    /// <summary>A number and nothing else.</summary>
    public static ArgumentForm Plain { get; } = new(Meaning.Decimal);

    /// <summary>What numbers can be. Where a name is not known they read as numbers, of the base that Falco writes them in.</summary>
    public enum Meaning
    {
        /// <summary>A number.</summary>
        Decimal,

        /// <summary>A number that is written with base 16, in capitals and without a prefix.</summary>
        Hexadecimal,

        /// <summary>A number that is written with base 8, with a 0 before it.</summary>
        Octal,

        /// <summary>Bits or values with names, of 32 bits.</summary>
        Named,

        /// <summary>Bits of a mode with names; octal where it has none.</summary>
        Mode,

        /// <summary>Flags of open(2).</summary>
        Open,

        /// <summary>An option of a socket, whose name depends on its level.</summary>
        SocketOption,

        /// <summary>A result: an error by its name.</summary>
        Result,

        /// <summary>A descriptor: what is behind it.</summary>
        Descriptor,

        /// <summary>A user, by name.</summary>
        User,

        /// <summary>A group, by name.</summary>
        Group,

        /// <summary>A signal, by name.</summary>
        Signal,

        /// <summary>No number: the address that is connected to, of the event's descriptor.</summary>
        Peer,
    }

    /// <summary>True for what has a name in the files of a container, which is recorded with the number.</summary>
    public bool IsOfContainer => Kind is Meaning.User or Meaning.Group;
}
