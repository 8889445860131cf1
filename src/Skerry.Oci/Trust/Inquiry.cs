using System.Formats.Asn1;
using System.Formats.Cbor;
using System.Security.Cryptography;

namespace Skerry.Oci.Trust;

/// <summary>Takes the steps of one verification and keeps what each found; the first that fails ends it.</summary>
/// <remarks>Used by one thread. What untrusted bytes make the libraries below throw ends here, as a failed step.</remarks>
internal sealed class Inquiry
{
    private readonly List<TrustStep> _steps = [];

    public Signer? Signer { get; set; }

    public DateTimeOffset? SignedAt { get; set; }

    public DateTimeOffset? GoodUntil { get; private set; }

    public IReadOnlyDictionary<string, string> Annotations { get; set; } = new Dictionary<string, string>();

    public ReadOnlyMemory<byte>? Statement { get; set; }

    /// <summary>Runs a verification to its verdict.</summary>
    public static Verdict Run(string kind, Action<Inquiry> verify)
    {
        var inquiry = new Inquiry();
        var trusted = false;
        try
        {
            verify(inquiry);
            trusted = inquiry._steps.Count > 0;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            if (inquiry._steps.TrueForAll(static s => s.Outcome != StepOutcome.Failed))
            {
                inquiry._steps.Add(new TrustStep("evidence", StepOutcome.Failed, e.Message));
            }
        }

        return new Verdict
        {
            Kind = kind,
            IsTrusted = trusted,
            Steps = inquiry._steps,
            Signer = inquiry.Signer,
            SignedAt = inquiry.SignedAt,
            GoodUntil = trusted ? inquiry.GoodUntil : null,
            Annotations = inquiry.Annotations,
            Statement = trusted ? inquiry.Statement : null,
        };
    }

    /// <summary>Takes a step that yields a value.</summary>
    /// <param name="name">What is checked.</param>
    /// <param name="mend">What a person can do when it fails.</param>
    /// <param name="check">The check; it throws <see cref="TrustException"/> or <see cref="OciFormatException"/> when something is wrong.</param>
    /// <param name="why">What to say when it passed.</param>
    public T Check<T>(string name, string mend, Func<T> check, Func<T, string> why)
    {
        try
        {
            var value = check();
            _steps.Add(new TrustStep(name, StepOutcome.Passed, why(value)));
            return value;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            _steps.Add(new TrustStep(name, StepOutcome.Failed, e.Message, mend));
            throw;
        }
    }

    /// <summary>Takes a step; the check returns what to say when it passed.</summary>
    public void Check(string name, string mend, Func<string> check) => Check(name, mend, check, static why => why);

    /// <summary>Takes a step whose failure is only told. False when it failed.</summary>
    public bool Warn(string name, string mend, Func<string> check)
    {
        try
        {
            _steps.Add(new TrustStep(name, StepOutcome.Passed, check()));
            return true;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            _steps.Add(new TrustStep(name, StepOutcome.Warned, e.Message, mend));
            return false;
        }
    }

    public void NotPresent(string name, string why) => _steps.Add(new TrustStep(name, StepOutcome.NotPresent, why));

    public void Skip(string name, string why) => _steps.Add(new TrustStep(name, StepOutcome.Skipped, why));

    /// <summary>Notes that the evidence is not good beyond a time; the earliest of all notes counts.</summary>
    public void Until(DateTimeOffset end) => GoodUntil = GoodUntil is { } known && known < end ? known : end;

    /// <summary>Whether an exception says no more than that the evidence is bad.</summary>
    internal static bool IsRefusal(Exception e) =>
        e is TrustException or OciFormatException or CryptographicException or AsnContentException or CborContentException;
}
