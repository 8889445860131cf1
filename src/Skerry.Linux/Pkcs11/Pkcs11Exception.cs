using System.Globalization;

namespace Skerry.Linux.Pkcs11;

/// <summary>A PKCS #11 module that could not be used, or refused a call: which call, on what, and the module's answer by its name in the standard.</summary>
public sealed class Pkcs11Exception : IOException
{
    // pkcs11t.h, CKR_*: those that a signer meets.
    private static readonly Dictionary<ulong, string> Names = new()
    {
        [0x01] = "CKR_CANCEL",
        [0x02] = "CKR_HOST_MEMORY",
        [0x03] = "CKR_SLOT_ID_INVALID",
        [0x05] = "CKR_GENERAL_ERROR",
        [0x06] = "CKR_FUNCTION_FAILED",
        [0x07] = "CKR_ARGUMENTS_BAD",
        [0x0a] = "CKR_CANT_LOCK",
        [0x11] = "CKR_ATTRIBUTE_SENSITIVE",
        [0x12] = "CKR_ATTRIBUTE_TYPE_INVALID",
        [0x13] = "CKR_ATTRIBUTE_VALUE_INVALID",
        [0x20] = "CKR_DATA_INVALID",
        [0x21] = "CKR_DATA_LEN_RANGE",
        [0x30] = "CKR_DEVICE_ERROR",
        [0x31] = "CKR_DEVICE_MEMORY",
        [0x32] = "CKR_DEVICE_REMOVED",
        [0x50] = "CKR_FUNCTION_CANCELED",
        [0x54] = "CKR_FUNCTION_NOT_SUPPORTED",
        [0x60] = "CKR_KEY_HANDLE_INVALID",
        [0x62] = "CKR_KEY_SIZE_RANGE",
        [0x63] = "CKR_KEY_TYPE_INCONSISTENT",
        [0x68] = "CKR_KEY_FUNCTION_NOT_PERMITTED",
        [0x70] = "CKR_MECHANISM_INVALID",
        [0x71] = "CKR_MECHANISM_PARAM_INVALID",
        [0x82] = "CKR_OBJECT_HANDLE_INVALID",
        [0x90] = "CKR_OPERATION_ACTIVE",
        [0x91] = "CKR_OPERATION_NOT_INITIALIZED",
        [PinWrong] = "CKR_PIN_INCORRECT",
        [PinMalformed] = "CKR_PIN_INVALID",
        [PinLength] = "CKR_PIN_LEN_RANGE",
        [0xa3] = "CKR_PIN_EXPIRED",
        [PinLocked] = "CKR_PIN_LOCKED",
        [0xb1] = "CKR_SESSION_COUNT",
        [0xb3] = "CKR_SESSION_HANDLE_INVALID",
        [0xe0] = "CKR_TOKEN_NOT_PRESENT",
        [0xe1] = "CKR_TOKEN_NOT_RECOGNIZED",
        [0x101] = "CKR_USER_NOT_LOGGED_IN",
        [0x102] = "CKR_USER_PIN_NOT_INITIALIZED",
        [0x103] = "CKR_USER_TYPE_INVALID",
        [0x150] = "CKR_BUFFER_TOO_SMALL",
        [0x190] = "CKR_CRYPTOKI_NOT_INITIALIZED",
    };

    private const ulong PinWrong = 0xa0;
    private const ulong PinMalformed = 0xa1;
    private const ulong PinLength = 0xa2;
    private const ulong PinLocked = 0xa4;

    internal Pkcs11Exception(string message, Exception? cause = null)
        : base(message, cause)
    {
    }

    private Pkcs11Exception(string call, string subject, ulong answer)
        : base($"{call} {subject}: {Name(answer)}") => Answer = answer;

    /// <summary>The module's answer (CK_RV); 0 where it did not come to a call.</summary>
    public ulong Answer { get; }

    /// <summary>The PIN is not the token's.</summary>
    public bool IsPinWrong => Answer is PinWrong or PinMalformed or PinLength;

    /// <summary>The token takes no PIN any more.</summary>
    public bool IsPinLocked => Answer == PinLocked;

    internal static Pkcs11Exception Of(string call, string subject, nuint answer) => new(call, subject, answer);

    private static string Name(ulong answer) => Names.TryGetValue(answer, out var name) ? name
        : (answer & 0x8000_0000) != 0 ? string.Create(CultureInfo.InvariantCulture, $"the module's own error 0x{answer:x}") // CKR_VENDOR_DEFINED
        : string.Create(CultureInfo.InvariantCulture, $"error 0x{answer:x} (pkcs11t.h, CKR_*)");
}
