using System.Buffers;
using System.Text;
using System.Text.Json;
using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>What `--list` and `--list-events` print: the fields and kinds of events that rules may use.</summary>
public static class FieldListing
{
    private const int Indent = 30;
    private const int Width = 120;

    /// <summary>The fields as text, class by class. What the sensor cannot give says so.</summary>
    public static string Text()
    {
        var text = new StringBuilder();
        foreach (var fields in FieldTable.Classes)
        {
            text.Append("-------------------------------\n");
            text.Append($"{"Field Class:",-Indent}{fields.Name}\n{"Description:",-Indent}{fields.Description}\n{"Event Sources:",-Indent}syscall\n\n");
            foreach (var field in fields.Fields)
            {
                text.Append($"{field.Name,-Indent}");
                if (field.Name.Length >= Indent)
                {
                    text.Append('\n').Append(' ', Indent);
                }

                Wrap(text, Describe(field));
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The names of the fields, one a line.</summary>
    public static string Names() => string.Concat(FieldTable.Classes.SelectMany(static c => c.Fields).Select(static f => f.Name + "\n"));

    /// <summary>The fields as JSON: an array of classes.</summary>
    public static string Json()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            foreach (var fields in FieldTable.Classes)
            {
                json.WriteStartObject();
                json.WriteString("name", fields.Name);
                json.WriteString("description", fields.Description);
                json.WriteStartArray("fields");
                foreach (var field in fields.Fields)
                {
                    json.WriteStartObject();
                    json.WriteString("name", field.Name);
                    json.WriteString("type", TypeName(field.Type));
                    json.WriteString("description", field.Description);
                    json.WriteBoolean("given", field.IsGiven);
                    json.WriteBoolean("list", field.Has(FieldTraits.List));
                    json.WriteBoolean("deprecated", field.Has(FieldTraits.Deprecated));
                    json.WriteString("argument", ArgumentOf(field));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The kinds of events with their arguments, one a line; arguments that the sensor gives in no event are named behind.</summary>
    public static string Events() => string.Concat(EventTypes.All.Select(static t =>
        $"{(t.IsSyscall ? "syscall" : "other"),-8} {t.Name}({string.Join(", ", t.Arguments)}){(GivenArguments.Missing(t) is { Count: > 0 } missing ? $" not given: {string.Join(", ", missing)}" : "")}\n"));

    /// <summary>The kinds of events as JSON: an array.</summary>
    public static string EventsJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            foreach (var type in EventTypes.All)
            {
                json.WriteStartObject();
                json.WriteString("name", type.Name);
                json.WriteString("kind", type.IsSyscall ? "syscall" : "other");
                json.WriteStartArray("arguments");
                foreach (var argument in type.Arguments)
                {
                    json.WriteStringValue(argument);
                }

                json.WriteEndArray();
                json.WriteStartArray("not_given");
                foreach (var argument in GivenArguments.Missing(type))
                {
                    json.WriteStringValue(argument);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    internal static string TypeName(FieldType type) => type == FieldType.Dyn ? "DYNAMIC" : type.ToString().ToUpperInvariant();

    private static string Describe(FieldDefinition field)
    {
        List<string> notes = [TypeName(field.Type)];
        if (field.Has(FieldTraits.List))
        {
            notes.Add("LIST");
        }

        if (ArgumentOf(field) is { Length: > 0 } argument)
        {
            notes.Add("argument " + argument);
        }

        if (field.Has(FieldTraits.FilterOnly))
        {
            notes.Add("conditions only");
        }

        if (field.Has(FieldTraits.Deprecated))
        {
            notes.Add("deprecated");
        }

        if (!field.IsGiven)
        {
            notes.Add("not given by the sensor");
        }

        return $"({string.Join(", ", notes)}) {field.Description}";
    }

    private static string ArgumentOf(FieldDefinition field) =>
        field.Has(FieldTraits.ArgumentRequired) ? "required" : field.Has(FieldTraits.ArgumentAllowed) ? "allowed" : "";

    private static void Wrap(StringBuilder text, string words)
    {
        var column = Indent;
        foreach (var word in words.Split(' '))
        {
            if (column > Indent && column + word.Length > Width)
            {
                text.Append('\n').Append(' ', Indent);
                column = Indent;
            }

            text.Append(word).Append(' ');
            column += word.Length + 1;
        }

        text.Length--;
        text.Append('\n');
    }
}
