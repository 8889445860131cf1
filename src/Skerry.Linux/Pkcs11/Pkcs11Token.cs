namespace Skerry.Linux.Pkcs11;

/// <summary>A token as a module describes it.</summary>
/// <param name="Slot">The slot that it is in; not the same after the module is loaded again.</param>
/// <param name="Label">What its owner called it.</param>
/// <param name="Manufacturer">Who made it.</param>
/// <param name="Model">Of which kind it is.</param>
/// <param name="Serial">Its number.</param>
/// <param name="NeedsLogin">Its private keys are not seen without a PIN.</param>
/// <param name="HasPinPad">The PIN is entered at the token itself.</param>
/// <param name="IsPinLocked">Too many wrong PINs were tried.</param>
/// <param name="IsFinalTry">One more wrong PIN locks it.</param>
public sealed record Pkcs11Token(
    ulong Slot, string Label, string Manufacturer, string Model, string Serial, bool NeedsLogin, bool HasPinPad, bool IsPinLocked, bool IsFinalTry);
