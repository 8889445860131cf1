using System.Text;
using Skerry.Cli.Rendering;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Pkcs11;

namespace Skerry.Cli.Keys;

/// <summary>A key of a token behind PKCS #11.</summary>
internal sealed class Pkcs11Key : IHeldKey
{
    private const string ModuleVariable = "COSIGN_PKCS11_MODULE_PATH";

    private readonly Pkcs11Module _module;
    private readonly Pkcs11Session _session;
    private readonly ulong? _private;
    private readonly Pkcs11PublicKey _public;
    private readonly string? _pin;

    private Pkcs11Key(Pkcs11Module module, Pkcs11Session session, ulong? privateKey, Pkcs11PublicKey publicKey, string? pin) =>
        (_module, _session, _private, _public, _pin) = (module, session, privateKey, publicKey, pin);

    /// <inheritdoc/>
    public byte[] PublicKey => _public.Spki;

    /// <summary>
    /// 1. The module is loaded. 2. The token is the only one that the URI fits. 3. To sign, one logs in. 4. The key is the only one that the URI
    /// fits. 5. Its public half is read from the token.
    /// </summary>
    internal static Pkcs11Key Open(Pkcs11Uri uri, KeySecrets secrets, bool toSign)
    {
        // 1.
        var module = Pkcs11Module.Load(uri.ModulePath ?? (Environment.GetEnvironmentVariable(ModuleVariable) is { Length: > 0 } path ? path : throw NoModule(uri)));
        Pkcs11Session? session = null;
        try
        {
            // 2.
            var token = TokenOf(uri, module);
            session = module.Open(token);

            // 3.
            string? pin = null;
            if (toSign && token.NeedsLogin)
            {
                session.LogIn(pin = PinOf(uri, secrets, token));
            }

            // 4.
            var key = toSign ? KeyOf(uri, session) : (ulong?)null;

            // 5.
            var found = key is { } one ? Pkcs11PublicKey.Of(session, one) : Pkcs11PublicKey.Find(session, uri.Label, uri.Id);
            if (found is null && !toSign && token.NeedsLogin)
            {
                session.LogIn(PinOf(uri, secrets, token));
                found = Pkcs11PublicKey.Find(session, uri.Label, uri.Id) ?? Pkcs11PublicKey.Of(session, KeyOf(uri, session));
            }

            return new Pkcs11Key(module, session, key, found ?? throw new CliFailure(
                $"{uri.Shown}: the token '{token.Label}' has no public key and no certificate that belongs to this key", "write one of them to the token under the key's id: pkcs11-tool --write-object FILE --type pubkey --id ID"), pin);
        }
        catch
        {
            session?.Dispose();
            module.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public byte[] Sign(SignatureDemand demand)
    {
        try
        {
            return Signed(demand);
        }
        catch (Pkcs11Exception e)
        {
            throw HeldKeys.Told(e);
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _module.Dispose();
    }

    private byte[] Signed(SignatureDemand demand)
    {
        var key = _private ?? throw new InvalidOperationException("the key was opened for its public half");
        switch (_public.Type, demand.Form)
        {
            case (Pkcs11KeyType.Ec, SignatureDemand.Types.Form.EcdsaDer or SignatureDemand.Types.Form.EcdsaRaw):
                var pair = _session.Sign(key, Pkcs11Mechanism.Ecdsa, KeyEncoding.Hash(demand), _pin);
                return pair.Length == 2 * _public.CurveBytes
                    ? KeyEncoding.Ecdsa(demand.Form, pair.AsSpan(0, _public.CurveBytes), pair.AsSpan(_public.CurveBytes), _public.CurveBytes)
                    : throw new CliFailure($"the token answered with a signature of {pair.Length} bytes; one of this key has {2 * _public.CurveBytes}");
            case (Pkcs11KeyType.Edwards, SignatureDemand.Types.Form.Ed25519):
                return _session.Sign(key, Pkcs11Mechanism.EdDsa, demand.Message.Span, _pin);
            case (Pkcs11KeyType.Rsa, SignatureDemand.Types.Form.RsaPkcs1):
                return _session.Sign(key, Pkcs11Mechanism.RsaPkcs1, KeyEncoding.DigestOf(KeyEncoding.Hash(demand)), _pin);
            case (Pkcs11KeyType.Rsa, SignatureDemand.Types.Form.RsaPss):
                return _session.Sign(key, Pkcs11Mechanism.RsaPss((int)demand.HashBits), KeyEncoding.Hash(demand), _pin);
            default:
                throw new CliFailure($"the node wants a signature of the form {demand.Form}, which a key of the kind {_public.Type} does not make");
        }
    }

    private static string? PinOf(Pkcs11Uri uri, KeySecrets secrets, Pkcs11Token token) => token switch
    {
        { IsPinLocked: true } => throw new CliFailure($"the PIN of the token '{token.Label}' is locked, because too many wrong ones were tried", "the token's own tool sets a new one with the SO PIN"),
        { HasPinPad: true } => null,
        _ => secrets.Pin(uri, token.Label),
    };

    private static Pkcs11Token TokenOf(Pkcs11Uri uri, Pkcs11Module module)
    {
        var all = module.Tokens();
        var fitting = all.Where(uri.Fits).ToList();
        return fitting.Count == 1 ? fitting[0] : throw new CliFailure(
            $"{uri.Shown}: {(fitting.Count == 0 ? "no token fits" : $"{fitting.Count} tokens fit, and one is to be named")}; {module.Path} has {(all.Count == 0 ? "none" : Humanise.Safe(string.Join(", ", all.Select(static t => $"'{t.Label}' (serial {t.Serial}, slot-id {t.Slot})"))))}",
            all.Count == 0 ? "plug the token in, or set one up with its own tool" : "name it: pkcs11:token=LABEL;object=KEY, or by serial= or slot-id=");
    }

    private static ulong KeyOf(Pkcs11Uri uri, Pkcs11Session session)
    {
        var fitting = session.Find(Pkcs11Class.PrivateKey, uri.Label, uri.Id);
        if (fitting.Count == 1)
        {
            return fitting[0];
        }

        var all = session.Find(Pkcs11Class.PrivateKey).Take(20).Select(k => Described(session, k)).ToList();
        throw new CliFailure(
            $"{uri.Shown}: {(fitting.Count == 0 ? "no private key fits" : $"{fitting.Count} private keys fit, and one is to be named")}; the token '{session.Token.Label}' has {(all.Count == 0 ? "none" : Humanise.Safe(string.Join(", ", all)))}",
            all.Count == 0 ? "make one with the token's own tool: pkcs11-tool --keypairgen --key-type EC:prime256v1 --id 01 --label NAME" : "name it: object=LABEL, id=%01, or both");
    }

    private static string Described(Pkcs11Session session, ulong key)
    {
        var id = session.Value(key, Pkcs11Attribute.Id) ?? [];
        return $"'{Encoding.UTF8.GetString(session.Value(key, Pkcs11Attribute.Label) ?? [])}' (id {string.Concat(id.Select(static b => $"%{b:x2}"))})";
    }

    private static CliFailure NoModule(Pkcs11Uri uri)
    {
        string[] usual = ["opensc-pkcs11.so", "softhsm/libsofthsm2.so", "p11-kit-proxy.so", "libykcs11.so", "libtpm2_pkcs11.so.1"];
        var here = usual.SelectMany(static name => Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu").Append("/usr/lib").Select(d => Path.Combine(d, name))).Where(File.Exists).Take(3);
        return CliFailure.Usage(
            $"{uri.Shown}: the module of the token is not named",
            $"add ?module-path=/PATH/MODULE.so, or set {ModuleVariable}{(here.FirstOrDefault() is null ? "" : "; here there is " + string.Join(", ", here))}");
    }
}
