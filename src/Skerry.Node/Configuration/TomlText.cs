using System.Globalization;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Skerry.Node.Configuration;

/// <summary>Parses TOML that anybody may have written: whatever is wrong with it is a message with its line.</summary>
internal static class TomlText
{
    /// <summary>The document of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="ConfigurationException">It is no TOML, or nests deeper than the parser goes.</exception>
    internal static DocumentSyntax Parse(string text, string source)
    {
        try
        {
            var document = SyntaxParser.Parse(text, source);
            return document.Diagnostics.FirstOrDefault(static d => d.Kind == DiagnosticMessageKind.Error) is { } first
                ? throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"{source}: line {first.Span.Start.Line + 1}: {first.Message}"))
                : document;
        }
        catch (TomlException error)
        {
            throw new ConfigurationException($"{source}: {error.Message}");
        }
    }
}
