using System.Globalization;
using Skerry.Linux.Pkcs11;

namespace Skerry.Cli.Keys;

/// <summary>
/// A key behind PKCS #11 (RFC 7512), as cosign writes it too: <c>pkcs11:token=T;object=O;id=%01?module-path=/M.so&amp;pin-source=file:/P</c>. What
/// is not understood is refused: a part that was passed over could name another key.
/// </summary>
internal sealed record Pkcs11Uri
{
    internal const string Scheme = "pkcs11:";

    /// <summary>What may be shown of it.</summary>
    internal required string Shown { get; init; }

    internal string? Token { get; init; }

    internal string? Manufacturer { get; init; }

    internal string? Model { get; init; }

    internal string? Serial { get; init; }

    internal ulong? Slot { get; init; }

    /// <summary>The key's label.</summary>
    internal string? Label { get; init; }

    /// <summary>The key's id.</summary>
    internal byte[]? Id { get; init; }

    internal string? ModulePath { get; init; }

    internal string? PinValue { get; init; }

    internal string? PinSource { get; init; }

    /// <exception cref="FormatException">It is malformed, or says what is not understood.</exception>
    internal static Pkcs11Uri Parse(string text)
    {
        var uri = KeyUri.Parse(text, Scheme, "module-path", "pin-value", "pin-source");
        var parsed = new Pkcs11Uri { Shown = uri.Shown, ModulePath = uri.Query("module-path"), PinValue = uri.Query("pin-value"), PinSource = uri.Query("pin-source") };
        if (parsed is { PinValue: not null, PinSource: not null })
        {
            throw new FormatException($"{uri.Shown}: pin-value and pin-source do not go together");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in uri.Path.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = KeyUri.Pair(part, uri.Shown);
            if (!seen.Add(name))
            {
                throw new FormatException($"{uri.Shown}: '{name}' stands there twice");
            }

            parsed = parsed.With(name, value);
        }

        return parsed;
    }

    internal bool Fits(Pkcs11Token token) => (Token ?? token.Label) == token.Label && (Manufacturer ?? token.Manufacturer) == token.Manufacturer
        && (Model ?? token.Model) == token.Model && (Serial ?? token.Serial) == token.Serial && (Slot ?? token.Slot) == token.Slot;

    private Pkcs11Uri With(string name, string value) => name switch
    {
        "token" => this with { Token = KeyUri.Text(value, Shown) },
        "manufacturer" => this with { Manufacturer = KeyUri.Text(value, Shown) },
        "model" => this with { Model = KeyUri.Text(value, Shown) },
        "serial" => this with { Serial = KeyUri.Text(value, Shown) },
        "object" => this with { Label = KeyUri.Text(value, Shown) },
        "id" => this with { Id = KeyUri.Bytes(value, Shown) is { Length: > 0 } id ? id : throw new FormatException($"{Shown}: an id that is empty") },
        "slot-id" => this with { Slot = ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var slot) ? slot : throw new FormatException($"{Shown}: slot-id is a number") },
        "type" when value is "private" or "public" => this,
        "type" => throw new FormatException($"{Shown}: type={value} is no key that signs; type=private is"),
        _ => throw new FormatException($"{Shown}: the attribute '{name}' is not looked at here; token, serial, model, manufacturer, slot-id, object, id and type are"),
    };
}
