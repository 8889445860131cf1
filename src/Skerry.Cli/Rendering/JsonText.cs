using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Skerry.Cli.Rendering;

/// <summary>Writes a <see cref="Tree"/> as JSON (RFC 8259), indented by two or on one line. Control characters are escaped.</summary>
internal static class JsonText
{
    internal static string Indented(Tree tree)
    {
        var text = new StringBuilder();
        Write(text, tree, 0);
        return text.Append('\n').ToString();
    }

    internal static string Line(Tree tree)
    {
        var text = new StringBuilder();
        Write(text, tree, -1);
        return text.Append('\n').ToString();
    }

    /// <summary>One string with its quotation marks.</summary>
    internal static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            switch (c)
            {
                case '"':
                    text.Append("\\\"");
                    break;
                case '\\':
                    text.Append("\\\\");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                default:
                    if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029')
                    {
                        text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    }
                    else
                    {
                        text.Append(c);
                    }

                    break;
            }
        }

        text.Append('"');
    }

    private static void Write(StringBuilder text, Tree tree, int depth)
    {
        switch (tree.Kind)
        {
            case JsonValueKind.Object:
                Block(text, '{', '}', tree.Members.Count, depth, i =>
                {
                    Quote(text, tree.Members[i].Name);
                    text.Append(depth < 0 ? ":" : ": ");
                    Write(text, tree.Members[i].Value, depth < 0 ? depth : depth + 1);
                });
                break;
            case JsonValueKind.Array:
                Block(text, '[', ']', tree.Items.Count, depth, i => Write(text, tree.Items[i], depth < 0 ? depth : depth + 1));
                break;
            case JsonValueKind.String:
                Quote(text, tree.Text);
                break;
            case JsonValueKind.Number:
                text.Append(tree.Text);
                break;
            default:
                text.Append(tree.Kind switch { JsonValueKind.True => "true", JsonValueKind.False => "false", _ => "null" });
                break;
        }
    }

    private static void Block(StringBuilder text, char open, char close, int count, int depth, Action<int> item)
    {
        text.Append(open);
        for (var i = 0; i < count; i++)
        {
            text.Append(i > 0 ? "," : "");
            if (depth >= 0)
            {
                text.Append('\n').Append(' ', (depth + 1) * 2);
            }

            item(i);
        }

        if (count > 0 && depth >= 0)
        {
            text.Append('\n').Append(' ', depth * 2);
        }

        text.Append(close);
    }
}
