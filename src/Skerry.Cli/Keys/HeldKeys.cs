using Skerry.Cli.CommandLine;
using Skerry.Linux.Pkcs11;
using Skerry.Linux.Tpm;

namespace Skerry.Cli.Keys;

/// <summary>Which keys are named by a URI, and how one is opened.</summary>
internal static class HeldKeys
{
    /// <summary>Key services of others; their signatures are verified, but nothing here speaks to them.</summary>
    private static readonly string[] Services = ["awskms:", "gcpkms:", "azurekms:", "hashivault:", "k8s:", "gitlab:"];

    /// <summary>Whether the text is a URI of a key, and no file.</summary>
    /// <exception cref="CliFailure">Of a key that cannot be used here.</exception>
    internal static bool IsUri(string text)
    {
        if (text.StartsWith(Pkcs11Uri.Scheme, StringComparison.Ordinal) || text.StartsWith(TpmUri.Scheme, StringComparison.Ordinal))
        {
            return true;
        }

        if (text.StartsWith("tpm:", StringComparison.Ordinal))
        {
            throw CliFailure.Usage("a key in a TPM 2.0 is named tpm2:HANDLE", "for example tpm2:0x81000001");
        }

        return Array.Find(Services, s => text.StartsWith(s, StringComparison.Ordinal)) is { } service
            ? throw new CliFailure($"keys of key services ({service}) are not used here; nothing was done", "use a key file, pkcs11: or tpm2:; or sign with cosign or notation themselves, whose signatures are verified here")
            : false;
    }

    /// <summary>Opens a key.</summary>
    /// <param name="uri">Its URI.</param>
    /// <param name="secrets">Where its PIN or authorization value comes from.</param>
    /// <param name="toSign">To sign; else only its public half is read, for which many need no PIN.</param>
    /// <exception cref="CliFailure">There is none, or it cannot be used; says what to do.</exception>
    internal static IHeldKey Open(string uri, KeySecrets secrets, bool toSign)
    {
        try
        {
            return uri.StartsWith(Pkcs11Uri.Scheme, StringComparison.Ordinal)
                ? Pkcs11Key.Open(Pkcs11Uri.Parse(uri), secrets, toSign)
                : TpmKey.Open(TpmUri.Parse(uri), secrets);
        }
        catch (FormatException e)
        {
            throw CliFailure.Usage(e.Message, "see `skerry image sign --help` and docs/trust.md");
        }
        catch (Pkcs11Exception e)
        {
            throw Told(e);
        }
        catch (TpmException e)
        {
            throw Told(e);
        }
    }

    internal static CliFailure Told(Pkcs11Exception e) => new(
        e.Message,
        e.IsPinWrong ? "the PIN is wrong; after some wrong ones the token locks itself"
            : e.IsPinLocked ? "the PIN is locked, because too many wrong ones were tried: the token's own tool sets a new one with the SO PIN"
            : "see that the token is there and the module is the one for it: pkcs11-tool --module MODULE -O shows both",
        cause: e);

    internal static CliFailure Told(TpmException e) => new(
        e.Message,
        e.IsWrongAuthorization ? "give the key's authorization value: auth-source=file:FILE in the URI, --password-stdin or SKERRY_KEY_PASSWORD"
            : e.IsLockedOut ? "wait, or clear it: tpm2_dictionarylockout -c"
            : e.InnerException is Linux.LinuxException { Error: Linux.Errno.EACCES or Linux.Errno.EPERM } ? "run as root, or join the group that owns it (often tss)"
            : e.InnerException is Linux.LinuxException { Error: Linux.Errno.ENOENT } ? "this machine has no TPM there: ls /dev/tpm*"
            : "tpm2_getcap handles-persistent shows which keys there are; docs/trust.md has how one is made",
        cause: e);
}
