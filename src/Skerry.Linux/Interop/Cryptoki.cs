#pragma warning disable CS8981 // the standard's own spelling of its structures
using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>
/// pkcs11t.h and pkcs11f.h (OASIS PKCS #11 2.40 and 3.1): numbers, structures, and where each function stands in the list that a module gives.
/// CK_ULONG is unsigned long, and structures are laid out as C does, on every Unix (pkcs11.h).
/// </summary>
internal static unsafe class Cryptoki
{
    internal const nuint CKR_OK = 0;
    internal const nuint CKR_ATTRIBUTE_SENSITIVE = 0x11;
    internal const nuint CKR_ATTRIBUTE_TYPE_INVALID = 0x12;
    internal const nuint CKR_USER_ALREADY_LOGGED_IN = 0x100;
    internal const nuint CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191;
    internal const nuint CKF_OS_LOCKING_OK = 2;
    internal const nuint CKF_SERIAL_SESSION = 4;
    internal const nuint CKU_USER = 1;
    internal const nuint CKU_CONTEXT_SPECIFIC = 2;
    internal static nuint CK_UNAVAILABLE_INFORMATION => nuint.MaxValue;

    // CK_TOKEN_INFO.flags
    internal const nuint CKF_LOGIN_REQUIRED = 0x4;
    internal const nuint CKF_PROTECTED_AUTHENTICATION_PATH = 0x100;
    internal const nuint CKF_TOKEN_INITIALIZED = 0x400;
    internal const nuint CKF_USER_PIN_FINAL_TRY = 0x20000;
    internal const nuint CKF_USER_PIN_LOCKED = 0x40000;

    // Places in CK_FUNCTION_LIST (pkcs11f.h).
    internal const int Initialize = 0;
    internal const int Finalize = 1;
    internal const int GetSlotList = 4;
    internal const int GetTokenInfo = 6;
    internal const int OpenSession = 12;
    internal const int CloseSession = 13;
    internal const int Login = 18;
    internal const int GetAttributeValue = 24;
    internal const int FindObjectsInit = 26;
    internal const int FindObjects = 27;
    internal const int FindObjectsFinal = 28;
    internal const int SignInit = 42;
    internal const int Sign = 43;

    /// <summary>CK_FUNCTION_LIST: a version, and then, aligned, the functions.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FunctionList
    {
        internal byte Major;
        internal byte Minor;
        internal void* First;
    }

    /// <summary>CK_C_INITIALIZE_ARGS.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct InitializeArguments
    {
        internal void* CreateMutex;
        internal void* DestroyMutex;
        internal void* LockMutex;
        internal void* UnlockMutex;
        internal nuint Flags;
        internal void* Reserved;
    }

    /// <summary>CK_TOKEN_INFO; texts are padded with blanks and not ended.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TokenDescription
    {
        internal fixed byte Label[32];
        internal fixed byte Manufacturer[32];
        internal fixed byte Model[16];
        internal fixed byte Serial[16];
        internal nuint Flags;
        internal nuint MaxSessions;
        internal nuint Sessions;
        internal nuint MaxWritableSessions;
        internal nuint WritableSessions;
        internal nuint MaxPin;
        internal nuint MinPin;
        internal nuint TotalPublic;
        internal nuint FreePublic;
        internal nuint TotalPrivate;
        internal nuint FreePrivate;
        internal fixed byte Versions[4];
        internal fixed byte Time[16];
    }

    /// <summary>CK_ATTRIBUTE.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Attribute
    {
        internal nuint Type;
        internal void* Value;
        internal nuint Length;
    }

    /// <summary>CK_MECHANISM.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Mechanism
    {
        internal nuint Number;
        internal void* Parameter;
        internal nuint ParameterLength;
    }

    /// <summary>CK_RSA_PKCS_PSS_PARAMS.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PssParameters
    {
        internal nuint Hash;
        internal nuint MaskGeneration;
        internal nuint SaltLength;
    }
}
