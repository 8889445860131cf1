using System.Text;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Terminals;

namespace Skerry.Cli.Keys;

/// <summary>
/// Where the PIN of a token or the authorization value of a TPM's key comes from: what the URI names, standard input where that was asked for, the
/// environment, and at last whoever sits at the terminal. A secret is in no message.
/// </summary>
internal sealed class KeySecrets(CliContext context, bool fromStandardInput)
{
    /// <summary>As of <c>skerry image sign</c>.</summary>
    internal const string OwnVariable = "SKERRY_KEY_PASSWORD";

    private const int MaxFile = 4096;
    private string? _line;

    /// <summary>The PIN of a token.</summary>
    /// <exception cref="CliFailure">There is none.</exception>
    internal string Pin(Pkcs11Uri uri, string token) => Of(uri.PinSource) ?? Visible(uri.PinValue) ?? Line() ?? context.Variable("COSIGN_PKCS11_PIN") ?? context.Variable(OwnVariable)
        ?? Asked($"PIN of token {Rendering.Humanise.Safe(token)}: ")
        ?? throw new CliFailure($"the token '{token}' wants its PIN, and none was given", "pin-source=file:FILE in the URI, COSIGN_PKCS11_PIN, or --password-stdin");

    /// <summary>The authorization value of a TPM's key; empty where none is given, as many keys have none.</summary>
    internal string Authorization(TpmUri uri) => Of(uri.AuthorizationSource) ?? Line() ?? context.Variable(OwnVariable) ?? "";

    private string? Line() => fromStandardInput ? _line ??= StandardInput.Line() : null;

    private string? Visible(string? value)
    {
        if (value is not null)
        {
            context.Error.Line("warning: pin-value stands on the command line, where everybody on this machine can read it; pin-source=file:FILE does not");
        }

        return value;
    }

    private string? Of(string? source)
    {
        if (source is null)
        {
            return null;
        }

        if (source.StartsWith("env:", StringComparison.Ordinal))
        {
            return context.Variable(source[4..]) ?? throw new CliFailure($"the environment variable {source[4..]}, which is to hold the secret, is empty or not there");
        }

        var path = source.StartsWith("file://", StringComparison.Ordinal) ? source[7..] : source.StartsWith("file:", StringComparison.Ordinal) ? source[5..] : source;
        if (!Path.IsPathRooted(path))
        {
            throw CliFailure.Usage($"the source of a PIN or authorization value is file:/PATH or env:NAME, not '{source}'");
        }

        try
        {
            using var file = File.OpenRead(path);
            var bytes = new byte[MaxFile + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var text = Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\r', '\n');
            return length is > 0 and <= MaxFile && text.Length > 0 ? text : throw new CliFailure($"{path}, which is to hold a PIN or authorization value, is {(length > MaxFile ? "too long" : "empty")}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure(e.Message, $"see that {path} is there and can be read");
        }
    }

    private string? Asked(string words) => fromStandardInput ? null : HiddenPrompt.Ask(context, words);
}
