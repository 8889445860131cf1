using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Skerry.Cli.Rendering;

/// <summary>
/// Writes a <see cref="Tree"/> as YAML 1.2 in block style. A string stands plain only where no reader of YAML 1.1 or 1.2
/// could take it for anything else; otherwise it is quoted as in JSON, which is YAML too.
/// </summary>
internal static class YamlText
{
    internal static string Of(Tree tree)
    {
        var text = new StringBuilder();
        Write(text, tree, 0, inline: false);
        return text.ToString();
    }

    private static void Write(StringBuilder text, Tree tree, int depth, bool inline)
    {
        switch (tree.Kind)
        {
            case JsonValueKind.Object when tree.Members.Count > 0:
                foreach (var (name, value) in tree.Members)
                {
                    text.Append(' ', inline ? 0 : depth * 2);
                    inline = false;
                    Scalar(text, name);
                    text.Append(':');
                    Value(text, value, depth);
                }

                break;
            case JsonValueKind.Array when tree.Items.Count > 0:
                foreach (var item in tree.Items)
                {
                    text.Append(' ', inline ? 0 : depth * 2).Append("- ");
                    inline = false;
                    if (IsBlock(item))
                    {
                        Write(text, item, depth + 1, inline: true);
                    }
                    else
                    {
                        Leaf(text, item);
                        text.Append('\n');
                    }
                }

                break;
            default:
                Leaf(text, tree);
                text.Append('\n');
                break;
        }
    }

    private static void Value(StringBuilder text, Tree value, int depth)
    {
        if (IsBlock(value))
        {
            text.Append('\n');
            Write(text, value, depth + 1, inline: false);
        }
        else
        {
            text.Append(' ');
            Leaf(text, value);
            text.Append('\n');
        }
    }

    private static bool IsBlock(Tree tree) => tree.Members.Count > 0 || tree.Items.Count > 0;

    private static void Leaf(StringBuilder text, Tree tree)
    {
        switch (tree.Kind)
        {
            case JsonValueKind.String:
                Scalar(text, tree.Text);
                break;
            case JsonValueKind.Number:
                text.Append(tree.Text);
                break;
            default:
                text.Append(tree.Kind switch
                {
                    JsonValueKind.Object => "{}",
                    JsonValueKind.Array => "[]",
                    JsonValueKind.True => "true",
                    JsonValueKind.False => "false",
                    _ => "null",
                });
                break;
        }
    }

    private static void Scalar(StringBuilder text, string value)
    {
        if (IsPlain(value))
        {
            text.Append(value);
        }
        else
        {
            JsonText.Quote(text, value);
        }
    }

    private static bool IsPlain(string value)
    {
        if (value.Length == 0 || !char.IsAsciiLetter(value[0]) && value[0] != '/' || value[^1] is ' ' or ':')
        {
            return false;
        }

        foreach (var c in value)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !" ./_-:@+=".Contains(c, StringComparison.Ordinal))
            {
                return false;
            }
        }

        // The words that YAML 1.1 takes for booleans and null, and ": " which would begin a mapping.
        return !value.Contains(": ", StringComparison.Ordinal)
            && value.ToLower(CultureInfo.InvariantCulture) is not ("true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n" or "null");
    }
}
