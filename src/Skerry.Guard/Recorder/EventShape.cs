using Skerry.Guard.Events;

namespace Skerry.Guard.Recorder;

/// <summary>What an event has at all: its kind, which properties, and of each argument whether it is a number, a text, both, or absent. Few shapes make up all events.</summary>
/// <param name="Type">Code of the kind.</param>
/// <param name="Has">Which properties there are.</param>
/// <param name="Arguments">Two bits for each argument.</param>
internal readonly record struct EventShape(int Type, EventShape.Properties Has, UInt128 Arguments)
{
    /// <summary>Bits an argument has in <see cref="Arguments"/>.</summary>
    public const int BitsOfArgument = 2;

    /// <summary>The argument is a number.</summary>
    public const int Number = 1;

    /// <summary>The argument is a text.</summary>
    public const int Text = 2;

    /// <summary>The argument is a number with the name that it has in the container.</summary>
    public const int NamedNumber = 3;

    /// <summary>Properties that may be absent.</summary>
    [Flags]
    public enum Properties
    {
        Nothing = 0,
        Result = 1,
        Process = 2,
        DescriptorNumber = 4,
        Descriptor = 8,
        All = Result | Process | DescriptorNumber | Descriptor,
    }

    public static EventShape Of(KernelEvent e)
    {
        var has = (e.Result is null ? 0 : Properties.Result) | (e.Process is null ? 0 : Properties.Process)
            | (e.DescriptorNumber is null ? 0 : Properties.DescriptorNumber) | (e.Descriptor is null ? 0 : Properties.Descriptor);
        return new EventShape(e.Type.Code, has, e.Arguments.Kinds());
    }

    /// <summary>What an argument is: <see cref="Number"/>, <see cref="Text"/>, <see cref="NamedNumber"/>, or 0.</summary>
    public int Kind(int argument) => (int)(Arguments >> (argument * BitsOfArgument)) & 3;
}
