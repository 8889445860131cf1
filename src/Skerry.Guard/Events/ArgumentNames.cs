using Meaning = Skerry.Guard.Events.ArgumentForm.Meaning;

namespace Skerry.Guard.Events;

/// <summary>Writes numbers in arguments as rules read them: by their names, as Falco resolves them, and else as numbers.</summary>
internal static class ArgumentNames
{
    private const long SocketLevel = 1; // SOL_SOCKET
    private const long WorkingDirectory = -100; // AT_FDCWD

    private static readonly int LevelArgument = EventTypes.ArgumentId("level");
    private static readonly Text Unknown = "<NA>";
    private static readonly Text None = "<NONE>";
    private static readonly Text Root = "root";

    /// <summary>A number in an argument as text, good until the event ends.</summary>
    public static Text Read(KernelEvent e, ArgumentForm form, long value)
    {
        switch (form.Kind)
        {
            case Meaning.User:
                return User(e, unchecked((uint)value));
            case Meaning.Group:
                return Group(e, unchecked((uint)value));
            case Meaning.Descriptor when value >= 0:
                return Descriptor(e, value);
            default:
                break;
        }

        var scratch = e.Scratch.Begin();
        switch (form.Kind)
        {
            case Meaning.Descriptor when value == WorkingDirectory:
                scratch.Append("AT_FDCWD"u8);
                break;
            case Meaning.Descriptor or Meaning.Result:
                WriteResult(value, scratch);
                break;
            case Meaning.Signal:
                WriteNamed(ArgumentValues.Signals, value, scratch);
                break;
            case Meaning.Named:
                WriteNamed(form.Names!, value & uint.MaxValue, scratch);
                break;
            case Meaning.Open:
                ArgumentValues.OpenFlags.TryWrite(value, scratch);
                WriteLayer(e.Descriptor, scratch);
                break;
            case Meaning.SocketOption:
                var isOfSockets = e.Arguments.Number(e.Type.PositionOf(LevelArgument)) == SocketLevel;
                form.Names!.TryWrite(isOfSockets ? value : -1, scratch);
                break;
            case Meaning.Mode:
                if (!form.Names!.TryWrite(value & uint.MaxValue, scratch))
                {
                    WriteOctal(value & uint.MaxValue, scratch);
                }

                break;
            case Meaning.Octal:
                WriteOctal(value & uint.MaxValue, scratch);
                break;
            case Meaning.Hexadecimal:
                scratch.Append(value, "X");
                break;
            default:
                scratch.Append(value);
                break;
        }

        return scratch.Take();
    }

    /// <summary>A result as text: SUCCESS, or the name of the error.</summary>
    public static Text Result(long result, Scratch scratch)
    {
        scratch.Begin();
        if (result >= 0)
        {
            scratch.Append("SUCCESS"u8);
        }
        else
        {
            WriteNamed(ArgumentValues.Errors, -result, scratch);
        }

        return scratch.Take();
    }

    /// <summary>Capabilities as names with a space between.</summary>
    public static Text Capability(ulong set, Scratch scratch)
    {
        if (!ArgumentValues.Capabilities.TryWrite(unchecked((long)set), scratch.Begin(), (byte)' ') && set != 0)
        {
            scratch.Append(unchecked((long)set));
        }

        return scratch.Take();
    }

    /// <summary>The address that a socket is connected to, without its own; of one that has no addresses what is known of it.</summary>
    public static Text Peer(KernelEvent e, Text known)
    {
        if (e.Descriptor is not { IsInternet: true, Server: { } address, ServerPort: { } port })
        {
            return known;
        }

        var scratch = e.Scratch.Begin();
        address.Write(scratch);
        return scratch.Append((byte)':').Append(port).Take();
    }

    private static void WriteNamed(FlagNames names, long value, Scratch scratch)
    {
        if (!names.TryWrite(value, scratch))
        {
            scratch.Append(value);
        }
    }

    private static void WriteResult(long value, Scratch scratch)
    {
        if (value >= 0 || !ArgumentValues.Errors.TryWrite(-value, scratch))
        {
            scratch.Append(value);
        }
    }

    /// <summary>Where the file is that was opened is among the flags of Falco.</summary>
    private static void WriteLayer(DescriptorFacts? opened, Scratch scratch)
    {
        if (opened?.IsInUpperLayer == true)
        {
            scratch.Append("|FD_UPPER_LAYER"u8);
        }
        else if (opened?.IsInLowerLayer == true)
        {
            scratch.Append("|FD_LOWER_LAYER"u8);
        }
    }

    /// <summary>A 0 and the digits; 0 alone for 0.</summary>
    private static void WriteOctal(long value, Scratch scratch)
    {
        Span<byte> digits = stackalloc byte[24];
        var first = digits.Length;
        for (var rest = value; rest > 0; rest >>= 3)
        {
            digits[--first] = (byte)('0' + (rest & 7));
        }

        digits[--first] = (byte)'0';
        scratch.Append(digits[first..]);
    }

    /// <summary>Letters of its type and a name, where the descriptor is the event's own or one of the first three.</summary>
    private static Text Descriptor(KernelEvent e, long number)
    {
        var known = e.DescriptorNumber == number ? e.Descriptor : number < 3 ? e.Process?.StandardStreams[(int)number] : null;
        var scratch = e.Scratch.Begin();
        if (known is null || known.Name.IsAbsent)
        {
            return scratch.Append(number).Take();
        }

        scratch.Append((byte)'<').Append(Fields.DescriptorText.LetterOf(known.Kind).Span);
        if (known.IsInternet && known.Protocol.Length > 0)
        {
            scratch.Append(known.Protocol.Span[0]);
        }

        return scratch.Append((byte)'>').Append(known.Name.Span).Take();
    }

    private static Text User(KernelEvent e, uint id)
    {
        if (id == uint.MaxValue)
        {
            return None;
        }

        if (e.Process?.User is { Name.IsAbsent: false } own && own.Uid == id)
        {
            return own.Name;
        }

        return e.Container is { } container && container.UserNames.TryGetValue(id, out var name) ? name : id == 0 ? Root : Unknown;
    }

    private static Text Group(KernelEvent e, uint id)
    {
        if (id == uint.MaxValue)
        {
            return None;
        }

        if (e.Process?.User is { GroupName.IsAbsent: false } own && own.Gid == id)
        {
            return own.GroupName;
        }

        return e.Container is { } container && container.GroupNames.TryGetValue(id, out var name) ? name : Unknown;
    }
}
