using System.Runtime.InteropServices;
using Skerry.Guard.Events;
using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors;

/// <summary>One system call: which event of the rules it is, how the sensor tells it, and where the event's arguments come from.</summary>
internal sealed class CallShape
{
    private readonly List<Setter> _setters = [];
    private CallPlan _plan;

    private CallShape(int number, EventType type, CallHandler handler)
    {
        (Number, Type) = (number, type);
        _plan = new CallPlan { Handler = handler, Text0 = -1, Text1 = -1, Text2 = -1, Directory0 = -1, Directory1 = -1, Descriptor = -1, Address = -1 };
    }

    /// <summary>Where an argument comes from.</summary>
    internal enum Origin
    {
        /// <summary>An argument of the call.</summary>
        Argument,

        /// <summary>An argument of the call that is an int.</summary>
        Integer,

        /// <summary>What the call returned.</summary>
        Result,

        /// <summary>A text.</summary>
        Text,

        /// <summary>Name of the descriptor.</summary>
        Name,
    }

    /// <summary>Number on x86-64.</summary>
    internal int Number { get; }

    /// <summary>The event.</summary>
    internal EventType Type { get; }

    /// <summary>How the sensor tells it.</summary>
    internal CallPlan Plan => _plan;

    /// <summary>Where each argument of the event comes from.</summary>
    internal ReadOnlySpan<Setter> Setters => CollectionsMarshal.AsSpan(_setters);

    /// <summary>A call of which nothing but number and result are told.</summary>
    internal static CallShape Bare(int number, EventType type) => new(number, type, CallHandler.Plain);

    /// <summary>Reads what follows name and program in a row of calls.txt.</summary>
    internal static CallShape Read(int number, EventType type, string handler, IEnumerable<string> items)
    {
        var shape = new CallShape(number, type, Enum.Parse<CallHandler>(handler, ignoreCase: true));
        foreach (var item in items)
        {
            shape.Add(item);
        }

        return shape;
    }

    private void Add(string item)
    {
        switch (item)
        {
            case "how":
                _plan.Flags |= CallFlags.How;
                return;
            case "msg":
                _plan.Flags |= CallFlags.Message;
                return;
        }

        if (item.Split('=') is [var name, var origin])
        {
            var position = Type.Arguments.ToList().IndexOf(name);
            if (position < 0)
            {
                throw new FormatException($"calls.txt: the event '{Type.Name}' has no argument '{name}'");
            }

            _setters.Add(origin switch
            {
                "r" => new Setter(position, Origin.Result, 0),
                "n" => new Setter(position, Origin.Name, 0),
                ['t', var slot] => new Setter(position, Origin.Text, slot - '0'),
                [var index, 'i'] => new Setter(position, Origin.Integer, index - '0'),
                [var index] => new Setter(position, Origin.Argument, index - '0'),
                _ => throw new FormatException($"calls.txt: '{item}' of '{Type.Name}'"),
            });
            return;
        }

        var from = item[^1] == 'r' ? CallPlan.FromResult : (sbyte)(item[^1] - '0');
        switch (item[..^2])
        {
            case "t0":
                _plan.Text0 = from;
                break;
            case "t1":
                _plan.Text1 = from;
                break;
            case "t2":
                _plan.Text2 = from;
                break;
            case "@0":
                _plan.Directory0 = from;
                break;
            case "@1":
                _plan.Directory1 = from;
                break;
            case "d":
                _plan.Descriptor = from;
                break;
            case "a":
                _plan.Address = from;
                break;
            default:
                throw new FormatException($"calls.txt: '{item}' of '{Type.Name}'");
        }
    }

    /// <summary>One argument of the event.</summary>
    /// <param name="Position">Its place.</param>
    /// <param name="From">Where it comes from.</param>
    /// <param name="Index">Which one there.</param>
    internal readonly record struct Setter(int Position, Origin From, int Index);
}
