namespace Skerry.Guard.Rules;

/// <summary>The line a problem is in, with a mark below the place.</summary>
internal static class LoadSnippet
{
    private const int Half = 80;
    private const string Nothing = "<No context available>\n";

    public static string Of(LoadContext context)
    {
        var content = context.Content;
        if (content.Length == 0)
        {
            return Nothing;
        }

        // A mark behind the last value of a file is moved to what is last there.
        var at = Math.Min(context.ContentOffset, content.Length - 1);
        while (at > 0 && content[at] is ('\n' or '\r'))
        {
            at--;
        }

        var start = content.LastIndexOf('\n', at) + 1;
        var end = content.IndexOf('\n', at);
        end = end < 0 ? content.Length : end;
        var from = Math.Max(start, at - Half);
        var to = Math.Min(end, at + Half);
        var line = content[from..to].TrimEnd('\r');
        if (line.Length == 0)
        {
            return Nothing;
        }

        var before = from > start ? "..." : "";
        var after = to < end ? "..." : "";
        return $"{before}{line}{after}\n{new string(' ', before.Length + at - from)}^\n";
    }
}
