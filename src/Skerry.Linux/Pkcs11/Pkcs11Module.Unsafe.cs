using System.Runtime.InteropServices;
using System.Text;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Pkcs11;

/// <summary>
/// A module: the library of a vendor through which its tokens are used. It is code, and runs in this process with all that this process may: what
/// loads one is to be short-lived and a user's own.
/// </summary>
/// <remarks>
/// For one thread at a time. <see cref="Dispose"/> ends the module's work and leaves the library loaded: libraries with threads of their own do not
/// survive being unloaded.
/// </remarks>
public sealed unsafe class Pkcs11Module : IDisposable
{
    private const int MaxSlots = 1024;

    private readonly void** _functions;
    private readonly bool _isOurs;
    private bool _isDisposed;

    private Pkcs11Module(string path, void** functions, bool isOurs)
    {
        Path = path;
        _functions = functions;
        _isOurs = isOurs;
    }

    /// <summary>The library.</summary>
    public string Path { get; }

    /// <summary>Loads a module and lets it begin.</summary>
    /// <param name="path">The library's absolute path.</param>
    /// <exception cref="Pkcs11Exception">It is no module, or cannot begin.</exception>
    public static Pkcs11Module Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!System.IO.Path.IsPathRooted(path))
        {
            throw new Pkcs11Exception($"the path of a PKCS #11 module must be absolute: {path}");
        }

        if (!File.Exists(path))
        {
            throw new Pkcs11Exception($"there is no PKCS #11 module {path}");
        }

        nint library;
        try
        {
            library = NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new Pkcs11Exception($"{path} cannot be loaded as a library: {e.Message.TrimEnd().Split('\n')[^1].Trim()}", e);
        }

        if (!NativeLibrary.TryGetExport(library, "C_GetFunctionList", out var entry))
        {
            throw new Pkcs11Exception($"{path} is no PKCS #11 module: it has no C_GetFunctionList");
        }

        Cryptoki.FunctionList* list = null;
        Check(((delegate* unmanaged<Cryptoki.FunctionList**, nuint>)entry)(&list), "C_GetFunctionList", path);
        if (list is null || list->Major is < 2 or > 3)
        {
            throw new Pkcs11Exception($"{path} speaks PKCS #11 {(list is null ? "of no version" : $"{list->Major}.{list->Minor}")}; versions 2 and 3 are understood");
        }

        var functions = &list->First;
        var arguments = new Cryptoki.InitializeArguments { Flags = Cryptoki.CKF_OS_LOCKING_OK };
        var began = ((delegate* unmanaged<void*, nuint>)Of(functions, Cryptoki.Initialize, path))(&arguments);
        if (began != Cryptoki.CKR_CRYPTOKI_ALREADY_INITIALIZED)
        {
            Check(began, "C_Initialize", path);
        }

        return new Pkcs11Module(path, functions, began == Cryptoki.CKR_OK);
    }

    /// <summary>The tokens that are there and were set up.</summary>
    /// <exception cref="Pkcs11Exception">The module failed.</exception>
    public IReadOnlyList<Pkcs11Token> Tokens()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var list = (delegate* unmanaged<byte, nuint*, nuint*, nuint>)Function(Cryptoki.GetSlotList);
        var slots = stackalloc nuint[MaxSlots];
        nuint count = MaxSlots;
        Check(list(1, slots, &count), "C_GetSlotList", Path);
        var tokens = new List<Pkcs11Token>();
        for (nuint i = 0; i < Math.Min(count, MaxSlots); i++)
        {
            Cryptoki.TokenDescription token;
            var answer = ((delegate* unmanaged<nuint, Cryptoki.TokenDescription*, nuint>)Function(Cryptoki.GetTokenInfo))(slots[i], &token);
            if (answer == Cryptoki.CKR_OK && (token.Flags & Cryptoki.CKF_TOKEN_INITIALIZED) != 0)
            {
                tokens.Add(new Pkcs11Token(
                    slots[i], Text(token.Label, 32), Text(token.Manufacturer, 32), Text(token.Model, 16), Text(token.Serial, 16),
                    (token.Flags & Cryptoki.CKF_LOGIN_REQUIRED) != 0, (token.Flags & Cryptoki.CKF_PROTECTED_AUTHENTICATION_PATH) != 0,
                    (token.Flags & Cryptoki.CKF_USER_PIN_LOCKED) != 0, (token.Flags & Cryptoki.CKF_USER_PIN_FINAL_TRY) != 0));
            }
        }

        return tokens;
    }

    /// <summary>Begins to work with a token, reading only.</summary>
    /// <exception cref="Pkcs11Exception">The token refused.</exception>
    public Pkcs11Session Open(Pkcs11Token token)
    {
        ArgumentNullException.ThrowIfNull(token);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        nuint session;
        Check(((delegate* unmanaged<nuint, nuint, void*, void*, nuint*, nuint>)Function(Cryptoki.OpenSession))((nuint)token.Slot, Cryptoki.CKF_SERIAL_SESSION, null, null, &session), "C_OpenSession", token.Label);
        return new Pkcs11Session(this, token, session);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isDisposed && _isOurs)
        {
            _ = ((delegate* unmanaged<void*, nuint>)Function(Cryptoki.Finalize))(null);
        }

        _isDisposed = true;
    }

    internal void* Function(int place) => Of(_functions, place, Path);

    internal static void Check(nuint answer, string call, string subject)
    {
        if (answer != Cryptoki.CKR_OK)
        {
            throw Pkcs11Exception.Of(call, subject, answer);
        }
    }

    private static void* Of(void** functions, int place, string path) =>
        functions[place] is not null ? functions[place] : throw new Pkcs11Exception($"{path} lacks function {place} of the list of PKCS #11 (pkcs11f.h)");

    private static string Text(byte* padded, int length) => Encoding.UTF8.GetString(new ReadOnlySpan<byte>(padded, length)).TrimEnd(' ', '\0');
}
