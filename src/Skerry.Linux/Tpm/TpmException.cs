using System.Globalization;

namespace Skerry.Linux.Tpm;

/// <summary>A TPM that could not be reached, answered what is no answer, or refused a command: which command, and its response code in words.</summary>
public sealed class TpmException : IOException
{
    // TPM 2.0 Library Part 2, 6.6.3: RC_FMT1, the low six bits of a response code with bit 7.
    private static readonly Dictionary<uint, string> Formatted = new()
    {
        [0x01] = "TPM_RC_ASYMMETRIC: the algorithm is not supported",
        [0x02] = "TPM_RC_ATTRIBUTES: the attributes of the object do not allow it",
        [0x03] = "TPM_RC_HASH: the hash algorithm is not supported or does not fit",
        [0x04] = "TPM_RC_VALUE: a value is out of range",
        [0x05] = "TPM_RC_HIERARCHY: the hierarchy is not enabled or not right",
        [0x07] = "TPM_RC_KEY_SIZE: the size of the key is not supported",
        [0x0a] = "TPM_RC_TYPE: of the wrong type",
        [0x0b] = "TPM_RC_HANDLE: there is no such handle",
        [AuthorizationFailed] = "TPM_RC_AUTH_FAIL: the authorization value is wrong, and was counted against the lockout",
        [0x12] = "TPM_RC_SCHEME: the signing scheme is not supported by the key",
        [0x15] = "TPM_RC_SIZE: a structure of the wrong size",
        [0x1c] = "TPM_RC_KEY: the key is not fit for it",
        [0x1d] = "TPM_RC_POLICY_FAIL: a policy was not met",
        [0x1f] = "TPM_RC_INTEGRITY: the integrity check failed",
        [0x20] = "TPM_RC_TICKET: the ticket is not valid",
        [BadAuthorization] = "TPM_RC_BAD_AUTH: the authorization value is wrong",
    };

    // Part 2, 6.6.3: RC_VER1 (0x100) and RC_WARN (0x900).
    private static readonly Dictionary<uint, string> Plain = new()
    {
        [0x100] = "TPM_RC_INITIALIZE: the TPM was not started (TPM2_Startup)",
        [0x101] = "TPM_RC_FAILURE: the TPM is in failure mode; only a reset ends it",
        [0x12f] = "TPM_RC_AUTH_UNAVAILABLE: the key may not be used by its authorization value, only by a policy",
        [0x142] = "TPM_RC_COMMAND_SIZE: the command is of the wrong size",
        [0x143] = "TPM_RC_COMMAND_CODE: the command is not known to the TPM",
        [0x144] = "TPM_RC_AUTHSIZE: the authorization area is of the wrong size",
        [0x902] = "TPM_RC_OBJECT_MEMORY: out of memory for objects; tpm2_flushcontext -t frees it, or use /dev/tpmrm0",
        [0x903] = "TPM_RC_SESSION_MEMORY: out of memory for sessions; tpm2_flushcontext -l frees it",
        [0x910] = "TPM_RC_REFERENCE_H0: there is no such object or session",
        [Lockout] = "TPM_RC_LOCKOUT: locked, because too many wrong authorization values were tried; it passes with time, or by tpm2_dictionarylockout",
        [0x922] = "TPM_RC_RETRY: the TPM was not able to begin",
        [0x908] = "TPM_RC_YIELDED: the TPM put the command off",
        [0x90a] = "TPM_RC_TESTING: the TPM is testing itself",
    };

    private const uint AuthorizationFailed = 0x0e;
    private const uint BadAuthorization = 0x22;
    private const uint Lockout = 0x921;
    private const uint IsFormatted = 0x80;
    private const uint FormattedError = 0x3f;

    internal TpmException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }

    private TpmException(string command, string subject, uint code)
        : base(string.Create(CultureInfo.InvariantCulture, $"{command} {subject}: {Words(code)} (response code 0x{code:x3})")) => Code = code;

    /// <summary>The TPM's response code; 0 where it did not come to one.</summary>
    public uint Code { get; }

    /// <summary>The authorization value is not the key's.</summary>
    public bool IsWrongAuthorization => (Code & IsFormatted) != 0 && (Code & FormattedError) is AuthorizationFailed or BadAuthorization;

    /// <summary>There is nothing under the handle.</summary>
    public bool IsNoSuchHandle => (Code & IsFormatted) != 0 && (Code & FormattedError) == 0x0b;

    /// <summary>The TPM takes no authorization values for a while.</summary>
    public bool IsLockedOut => Code == Lockout;

    internal static bool IsToBeRepeated(uint code) => code is 0x922 or 0x908 or 0x90a;

    internal static TpmException Of(string command, string subject, uint code) => new(command, subject, code);

    private static string Words(uint code)
    {
        var layer = code >> 16;
        if (layer != 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"refused by layer {layer} of the software before the TPM (TCG TSS 2.0, response codes): {Words(code & 0xffff)}");
        }

        if ((code & IsFormatted) == 0)
        {
            return Plain.TryGetValue(code, out var plain) ? plain : (code & 0x400) != 0 ? "an error of the TPM's maker" : "an error that has no words here (TPM 2.0 Library Part 2, 6.6)";
        }

        var number = (code >> 8) & 0xf;
        var which = (code & 0x40) != 0 ? $"parameter {number}" : (number & 8) != 0 ? $"session {number & 7}" : number > 0 ? $"handle {number}" : "";
        var words = Formatted.TryGetValue(code & FormattedError, out var known) ? known : "an error that has no words here (TPM 2.0 Library Part 2, 6.6)";
        return which.Length > 0 ? $"{words}; {which}" : words;
    }
}
