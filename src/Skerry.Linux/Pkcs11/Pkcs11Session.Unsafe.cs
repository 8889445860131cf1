using System.Text;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Pkcs11;

/// <summary>Work with one token: log in, find objects, read of them what is public, sign.</summary>
/// <remarks>For one thread at a time, and not beyond its module. A token forgets the login when its last session is closed.</remarks>
public sealed unsafe class Pkcs11Session : IDisposable
{
    private const int MaxObjects = 256;
    private const int MaxValue = 64 * 1024;
    private const int MaxSignature = 8 * 1024;

    private readonly Pkcs11Module _module;
    private readonly nuint _session;
    private bool _isClosed;

    internal Pkcs11Session(Pkcs11Module module, Pkcs11Token token, nuint session) => (_module, Token, _session) = (module, token, session);

    /// <summary>The token.</summary>
    public Pkcs11Token Token { get; }

    /// <summary>Logs in as the token's user.</summary>
    /// <param name="pin">The PIN; null where it is entered at the token itself.</param>
    /// <exception cref="Pkcs11Exception">The token did not take it.</exception>
    public void LogIn(string? pin) => LogIn(pin, Cryptoki.CKU_USER);

    /// <summary>The objects of a kind; with a label, an id, where they are given.</summary>
    /// <exception cref="Pkcs11Exception">The token failed.</exception>
    public IReadOnlyList<ulong> Find(Pkcs11Class kind, string? label = null, byte[]? id = null)
    {
        var wanted = stackalloc Cryptoki.Attribute[3];
        nuint number = (nuint)kind;
        var name = Encoding.UTF8.GetBytes(label ?? "");
        fixed (byte* nameBytes = name, idBytes = id)
        {
            nuint count = 0;
            wanted[count++] = new Cryptoki.Attribute { Type = (nuint)Pkcs11Attribute.Class, Value = &number, Length = (nuint)sizeof(nuint) };
            if (label is not null)
            {
                wanted[count++] = new Cryptoki.Attribute { Type = (nuint)Pkcs11Attribute.Label, Value = nameBytes, Length = (nuint)name.Length };
            }

            if (id is not null)
            {
                wanted[count++] = new Cryptoki.Attribute { Type = (nuint)Pkcs11Attribute.Id, Value = idBytes, Length = (nuint)id.Length };
            }

            Pkcs11Module.Check(((delegate* unmanaged<nuint, Cryptoki.Attribute*, nuint, nuint>)_module.Function(Cryptoki.FindObjectsInit))(_session, wanted, count), "C_FindObjectsInit", Token.Label);
        }

        try
        {
            var found = stackalloc nuint[MaxObjects];
            nuint length;
            Pkcs11Module.Check(((delegate* unmanaged<nuint, nuint*, nuint, nuint*, nuint>)_module.Function(Cryptoki.FindObjects))(_session, found, MaxObjects, &length), "C_FindObjects", Token.Label);
            var objects = new ulong[Math.Min(length, MaxObjects)];
            for (var i = 0; i < objects.Length; i++)
            {
                objects[i] = found[i];
            }

            return objects;
        }
        finally
        {
            _ = ((delegate* unmanaged<nuint, nuint>)_module.Function(Cryptoki.FindObjectsFinal))(_session);
        }
    }

    /// <summary>An attribute of an object; null where the object has none or keeps it secret.</summary>
    /// <exception cref="Pkcs11Exception">The token failed, or the value is absurdly long.</exception>
    public byte[]? Value(ulong of, Pkcs11Attribute attribute)
    {
        var get = (delegate* unmanaged<nuint, nuint, Cryptoki.Attribute*, nuint, nuint>)_module.Function(Cryptoki.GetAttributeValue);
        var asked = new Cryptoki.Attribute { Type = (nuint)attribute };
        var answer = get(_session, (nuint)of, &asked, 1);
        if (answer is Cryptoki.CKR_ATTRIBUTE_SENSITIVE or Cryptoki.CKR_ATTRIBUTE_TYPE_INVALID || (answer == Cryptoki.CKR_OK && (asked.Length == Cryptoki.CK_UNAVAILABLE_INFORMATION || asked.Length == 0)))
        {
            return null;
        }

        Pkcs11Module.Check(answer, "C_GetAttributeValue", Token.Label);
        if (asked.Length > MaxValue)
        {
            throw new Pkcs11Exception($"{Token.Label}: {attribute} of an object has {asked.Length} bytes; at most {MaxValue} are read");
        }

        var value = new byte[(int)asked.Length];
        fixed (byte* first = value)
        {
            asked.Value = first;
            Pkcs11Module.Check(get(_session, (nuint)of, &asked, 1), "C_GetAttributeValue", Token.Label);
        }

        return asked.Length <= (nuint)value.Length ? value[..(int)asked.Length] : throw new Pkcs11Exception($"{Token.Label}: {attribute} of an object changed while it was read");
    }

    /// <summary>Signs.</summary>
    /// <param name="key">A private key.</param>
    /// <param name="mechanism">How.</param>
    /// <param name="data">What the mechanism takes: a hash, a DigestInfo, a message.</param>
    /// <param name="pin">For keys that want it again with each signature; null where it is entered at the token itself.</param>
    /// <exception cref="Pkcs11Exception">The token refused.</exception>
    public byte[] Sign(ulong key, Pkcs11Mechanism mechanism, ReadOnlySpan<byte> data, string? pin)
    {
        // pkcs11t.h: CKM_SHA256, CKM_SHA384, CKM_SHA512; CKG_MGF1_SHA256, _SHA384, _SHA512.
        var (hash, mask) = mechanism.PssHashBits switch
        {
            384 => (0x260u, 3u),
            512 => (0x270u, 4u),
            _ => (0x250u, 2u),
        };
        var pss = new Cryptoki.PssParameters { Hash = hash, MaskGeneration = mask, SaltLength = (nuint)(mechanism.PssHashBits / 8) };
        var isAsking = Value(key, Pkcs11Attribute.AlwaysAuthenticate) is [1];
        var isPss = mechanism.PssHashBits != 0;
        var how = new Cryptoki.Mechanism { Number = mechanism.Number, Parameter = isPss ? &pss : null, ParameterLength = isPss ? (nuint)sizeof(Cryptoki.PssParameters) : 0 };
        Pkcs11Module.Check(((delegate* unmanaged<nuint, Cryptoki.Mechanism*, nuint, nuint>)_module.Function(Cryptoki.SignInit))(_session, &how, (nuint)key), "C_SignInit", Token.Label);
        if (isAsking)
        {
            LogIn(pin, Cryptoki.CKU_CONTEXT_SPECIFIC);
        }

        var signature = new byte[MaxSignature];
        nuint length = MaxSignature;
        fixed (byte* input = data, output = signature)
        {
            Pkcs11Module.Check(((delegate* unmanaged<nuint, byte*, nuint, byte*, nuint*, nuint>)_module.Function(Cryptoki.Sign))(_session, input, (nuint)data.Length, output, &length), "C_Sign", Token.Label);
        }

        return length <= MaxSignature ? signature[..(int)length] : throw new Pkcs11Exception($"{Token.Label}: a signature of {length} bytes");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _ = ((delegate* unmanaged<nuint, nuint>)_module.Function(Cryptoki.CloseSession))(_session);
        }
    }

    private void LogIn(string? pin, nuint user)
    {
        var bytes = pin is null ? [] : Encoding.UTF8.GetBytes(pin);
        try
        {
            fixed (byte* first = bytes)
            {
                var answer = ((delegate* unmanaged<nuint, nuint, byte*, nuint, nuint>)_module.Function(Cryptoki.Login))(_session, user, pin is null ? null : first, (nuint)bytes.Length);
                if (answer != Cryptoki.CKR_USER_ALREADY_LOGGED_IN)
                {
                    Pkcs11Module.Check(answer, "C_Login", Token.Label);
                }
            }
        }
        finally
        {
            Array.Clear(bytes);
        }
    }
}
