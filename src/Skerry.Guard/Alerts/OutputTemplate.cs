using Skerry.Guard.Conditions;
using Skerry.Guard.Events;
using Skerry.Guard.Fields;
using Skerry.Guard.Sources;

namespace Skerry.Guard.Alerts;

/// <summary>The message of a rule: text with fields in it, as "%proc.name", "%20proc.name" cut or filled to 20, "%tolower(proc.name)".</summary>
public sealed class OutputTemplate
{
    /// <summary>More letters than the name of any field has.</summary>
    private const int LongestName = 128;

    private readonly List<Piece> _pieces = [];
    private readonly SortedDictionary<string, Source> _fields = new(StringComparer.Ordinal);

    private OutputTemplate(string text) => Text = text;

    /// <summary>The message as it was written.</summary>
    public string Text { get; }

    /// <summary>Names of the fields in it, in order.</summary>
    public IEnumerable<string> FieldNames => _fields.Keys;

    internal IEnumerable<KeyValuePair<string, Source>> Fields => _fields;

    internal IReadOnlyList<Piece> Pieces => _pieces;

    /// <summary>Reads a message.</summary>
    /// <exception cref="FieldException">A field is unknown or may not be in a message.</exception>
    internal static OutputTemplate Parse(string text)
    {
        var template = new OutputTemplate(text);
        var rest = text.StartsWith('*') ? text[1..] : text; // a star asks for the message though fields are absent, which it always is
        for (var percent = rest.IndexOf('%', StringComparison.Ordinal); percent >= 0; percent = rest.IndexOf('%', StringComparison.Ordinal))
        {
            template.AddText(rest[..percent]);
            rest = rest[(percent + 1)..];
            if (rest.All(char.IsAsciiDigit))
            {
                throw new FieldException("the message ends in the middle of a field");
            }

            var digits = rest.TakeWhile(char.IsAsciiDigit).Count();
            const int MostDigits = 4;
            if (digits > MostDigits)
            {
                throw new FieldException("a width of more than four digits");
            }

            var width = digits > 0 ? int.Parse(rest.AsSpan(0, digits), System.Globalization.CultureInfo.InvariantCulture) : 0;
            rest = rest[digits..];
            rest = rest[template.AddField(rest, width)..];
        }

        template.AddText(rest);
        return template;
    }

    /// <summary>
    /// Reads the field at the start of a text; returns its length. The longest beginning that is a field is taken, so that anything
    /// may follow: a full stop, a bracket, letters. Where there is none the field is unknown, whatever is wrong with it.
    /// </summary>
    private int AddField(string text, int width)
    {
        FieldException? first = null;
        var length = text.Length;
        while (length > 0)
        {
            try
            {
                if (ConditionParser.ParseOperand(text[..length]) is not { } read)
                {
                    break;
                }

                length = read.Length;
                if (TryAddField(read.Operand, width) is not { } error)
                {
                    return length;
                }

                first ??= error;
                length = read.Operand switch
                {
                    Operand.Field { Argument: null } => Math.Min(length - 1, LongestName),
                    Operand.Field or Operand.Transformed { Argument: not null } => text.LastIndexOf('[', length - 1),
                    _ => 0,
                };
            }
            catch (ConditionSyntaxException e)
            {
                first ??= new FieldException(e.Message);
                length = text.LastIndexOf('[', Math.Max(0, Math.Min(e.Position.Index, length) - 1));
            }
        }

        throw new FieldException(first?.Message ?? "invalid formatting token: no field after '%'", isUnknown: true);
    }

    private FieldException? TryAddField(Operand operand, int width)
    {
        try
        {
            _pieces.Add(new Piece(default, SourceCompiler.Compile(operand), width));
            Remember(operand);
            return null;
        }
        catch (FieldException e)
        {
            return e;
        }
    }

    /// <summary>Fields of the message become fields of the alert; of transformed ones the field itself.</summary>
    private void Remember(Operand operand)
    {
        switch (operand)
        {
            case Operand.Field:
                _fields[operand.ToString()!] = SourceCompiler.Compile(operand);
                break;
            case Operand.Transformed transformed:
                foreach (var inner in transformed.Inner)
                {
                    Remember(inner);
                }

                break;
            case Operand.Group group:
                foreach (var item in group.Items)
                {
                    Remember(item);
                }

                break;
            default:
                break;
        }
    }

    private void AddText(string text)
    {
        if (text.Length > 0)
        {
            _pieces.Add(new Piece(text, null, 0));
        }
    }

    /// <summary>Text, or a field and the width it is cut or filled to.</summary>
    internal readonly record struct Piece(Text Literal, Source? Source, int Width);
}
