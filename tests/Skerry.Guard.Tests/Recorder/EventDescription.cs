using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using Skerry.Guard.Events;

namespace Skerry.Guard.Tests.Recorder;

/// <summary>Everything of an event as a text, so that two can be compared: each public property, of all it points at too, ancestors as far as rules look.</summary>
internal static class EventDescription
{
    public static string Of(KernelEvent e)
    {
        var text = new StringBuilder();
        foreach (var property in Properties(e.GetType()))
        {
            Write(text, property.Name, property.GetValue(e), 0);
        }

        for (var i = 0; i < e.Type.Arguments.Count; i++)
        {
            Write(text, e.Type.Arguments[i], e.Arguments.Number(i), 0);
            Write(text, e.Type.Arguments[i], e.Arguments.Text(i), 0);
        }

        return text.ToString();
    }

    private static PropertyInfo[] Properties(Type type) => [.. type.GetProperties().Where(static p => p.Name is not (nameof(ContainerFacts.UserNames) or nameof(ContainerFacts.GroupNames))).OrderBy(static p => p.Name, StringComparer.Ordinal)];

    private static void Write(StringBuilder text, string name, object? value, int depth)
    {
        text.Append(name).Append('=');
        switch (value)
        {
            case Text { IsAbsent: true } or null:
                text.Append("none");
                break;
            case Text bytes:
                text.Append('\'').Append(Convert.ToHexString(bytes.Span)).Append('\'');
                break;
            case EventType type:
                text.Append(type.Name);
                break;
            case ProcessFacts when depth > ProcessFacts.DeepestAncestor:
                text.Append("none"); // too far for rules
                break;
            case Facts or ContainerMount:
                text.Append('{');
                foreach (var property in Properties(value.GetType()))
                {
                    Write(text, property.Name, property.GetValue(value), value is ProcessFacts ? depth + 1 : depth);
                }

                text.Append('}');
                break;
            case IEnumerable<KeyValuePair<string, Text>> labels:
                foreach (var (key, label) in labels)
                {
                    Write(text, key, label, depth);
                }

                break;
            case IEnumerable items:
                foreach (var item in items)
                {
                    Write(text, "item", item, depth);
                }

                break;
            default:
                text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }

        text.Append(';');
    }
}
