using System.Text.RegularExpressions;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>A name to be matched: exactly, or by a regular expression that must match the whole name.</summary>
/// <remarks>cosign's expressions match anywhere in a name; here <c>.*</c> says so, and a forgotten anchor lets nobody in.</remarks>
public sealed class NamePattern
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly string _text;
    private readonly Regex? _expression;

    private NamePattern(string text, Regex? expression) => (_text, _expression) = (text, expression);

    /// <summary>A name to be met exactly.</summary>
    public static NamePattern Exact(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return new NamePattern(text, null);
    }

    /// <summary>A regular expression of .NET.</summary>
    /// <exception cref="OciFormatException">Not an expression.</exception>
    public static NamePattern Expression(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        try
        {
            return new NamePattern(text, new Regex($@"\A(?:{text})\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Patience));
        }
        catch (ArgumentException e)
        {
            throw new OciFormatException("name pattern", null, e.Message, e);
        }
    }

    internal bool Matches(string name)
    {
        try
        {
            return _expression?.IsMatch(name) ?? name == _text;
        }
        catch (RegexMatchTimeoutException)
        {
            return false; // an expression that takes longer decides nothing
        }
    }

    /// <summary>The pattern as it was given.</summary>
    public override string ToString() => _expression is null ? _text : $"/{_text}/";
}
