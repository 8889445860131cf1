using Skerry.Guard.Events;
using Skerry.Guard.Fields;

namespace Skerry.Guard.Sources;

/// <summary>The transformer getopt(list, "ab:"): the options among arguments as getopt(3) finds them, with their values.</summary>
/// <remarks>Long options are passed over; "--" and the first argument that is no option end it. getopt(…)[b] is the last value of -b.</remarks>
internal static class OptionScan
{
    private static readonly Text NoOption = "?";

    public static Source Create(ListSource arguments, TextSource options, string? argument, string key, int cost)
    {
        if (argument is null)
        {
            return new ListSource(e => Scan(e, arguments.Read(e), options.Read(e), 0)) { Key = key, Type = FieldType.CharBuf, Cost = cost };
        }

        var wanted = argument.Length == 1 && char.IsAscii(argument[0]) ? (byte)argument[0] : throw new FieldException("the argument of 'getopt' is one character");
        return new TextSource(e => Scan(e, arguments.Read(e), options.Read(e), wanted) is { Count: > 0 } found ? found[^1] : default)
        {
            Key = key, Type = FieldType.CharBuf, Cost = cost,
        };
    }

    /// <param name="e">The event.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="options">Letters, those with a value followed by a colon.</param>
    /// <param name="wanted">The option whose values are found; 0 for all, each before its value.</param>
    private static List<Text>? Scan(KernelEvent e, List<Text>? arguments, Text options, byte wanted)
    {
        if (arguments is null || options.IsAbsent)
        {
            return null;
        }

        var found = e.TakeList();
        for (var i = 0; i < arguments.Count; i++)
        {
            var word = arguments[i];
            if (word.Span.SequenceEqual("--"u8) || word.Length < 2 || word.Span[0] != '-')
            {
                break;
            }

            if (word.Span[1] != '-')
            {
                ScanLetters(arguments, ref i, options, wanted, found);
            }
        }

        return found;
    }

    private static void ScanLetters(List<Text> arguments, ref int at, Text options, byte wanted, List<Text> found)
    {
        var word = arguments[at];
        for (var i = 1; i < word.Length; i++)
        {
            var letter = word.Span[i];
            var known = letter == ':' ? -1 : options.Span.IndexOf(letter);
            if (known < 0)
            {
                Add(wanted == 0, NoOption);
                continue;
            }

            var isWanted = wanted == 0 || wanted == letter;
            if (known + 1 >= options.Length || options.Span[known + 1] != ':')
            {
                Add(isWanted, word.Slice(i, 1));
                continue;
            }

            if (i + 1 == word.Length && at + 1 >= arguments.Count)
            {
                Add(isWanted, Text.Empty);
                return;
            }

            Add(wanted == 0, word.Slice(i, 1));
            Add(isWanted, i + 1 < word.Length ? word.Slice(i + 1, word.Length - i - 1) : arguments[++at]);
            return;
        }

        void Add(bool condition, Text text)
        {
            if (condition)
            {
                found.Add(text);
            }
        }
    }
}
