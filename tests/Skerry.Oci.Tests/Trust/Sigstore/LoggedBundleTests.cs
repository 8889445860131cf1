using System.Security.Cryptography;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Tests.Trust.Sigstore;

/// <summary>Bundles with an entry of a log: the entry must be of this signature, and the log in use.</summary>
public sealed class LoggedBundleTests : IDisposable
{
    private static readonly DateTimeOffset Time = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ReadOnlyMemory<byte> Content = Artefacts.Image.Content;

    private readonly TestBundle _made = new();
    private readonly byte[] _signature;

    public LoggedBundleTests() => _signature = _made.Sign(Content);

    [Fact]
    public void A_bundle_with_its_own_entry_is_trusted()
    {
        var verdict = Verify(_made.Log.Entry(_made.Body(Content, _signature), 3, 9, Time));
        Artefacts.Trusted(verdict);
        Artefacts.Trusted(Verify(_made.Log.Entry(_made.Body(Content, _signature), 3, 9)));
    }

    [Fact]
    public void The_entry_of_another_signature_content_or_key_is_refused()
    {
        var other = _made.Sign(Content);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Artefacts.Refused(Verify(_made.Log.Entry(_made.Body(Content, other), 0, 1, Time)), "transparency log", "another signature");
        Artefacts.Refused(Verify(_made.Log.Entry(_made.Body("x"u8.ToArray(), _signature), 0, 1, Time)), "transparency log", "other content");
        Artefacts.Refused(Verify(_made.Log.Entry(_made.Body(Content, _signature, key), 0, 1, Time)), "transparency log", "another key");
    }

    [Fact]
    public void An_entry_counts_once()
    {
        var entry = _made.Log.Entry(_made.Body(Content, _signature), 0, 1, Time);
        Artefacts.Refused(Verify(_made.Policy with { LogEntries = 2 }, entry, entry), "transparency log", "twice");
    }

    [Fact]
    public void An_entry_of_a_log_that_nobody_trusts_does_not_count()
    {
        using var other = new TestLog();
        Artefacts.Refused(Verify(other.Entry(_made.Body(Content, _signature), 0, 1, Time)), "transparency log", "0 entries");
    }

    [Fact]
    public void A_bad_entry_is_refused_even_where_none_is_asked_for()
    {
        var bad = _made.Log.Entry(_made.Body(Content, _made.Sign(Content)), 0, 1, Time);
        Artefacts.Refused(Verify(_made.Policy with { LogEntries = 0 }, bad), "transparency log");
    }

    [Fact]
    public void A_log_that_is_out_of_use_is_refused_whether_it_says_a_time_or_not()
    {
        var ended = _made.Policy with { Root = TrustedRoot.Empty with { Logs = [_made.Log.Log with { ValidFor = new ValidPeriod(DateTimeOffset.MinValue, Time.AddDays(-1)) }] } };
        Artefacts.Refused(Verify(ended, _made.Log.Entry(_made.Body(Content, _signature), 0, 1, Time)), "transparency log", "not trusted at");
        Artefacts.Refused(Verify(ended, _made.Log.Entry(_made.Body(Content, _signature), 0, 1)), "transparency log", "not trusted at");
    }

    [Fact]
    public void A_bundle_with_a_certificate_does_not_count_for_a_key()
    {
        using var root = Certificates.TestAuthority.Root();
        var json = Artefacts.Replaced(TestBundle.Json(_signature), "\"publicKey\":{\"hint\":\"\"}", $"\"certificate\":{{\"rawBytes\":\"{Convert.ToBase64String(root.Certificate.Raw.Span)}\"}}");
        Artefacts.Refused(SigstoreVerifier.VerifyBundle(json, Artefacts.Image, _made.Policy with { LogEntries = 0 }, Time), "who may sign", "signed with a certificate");
    }

    [Fact]
    public void Only_the_digest_is_needed_where_the_signature_is_over_the_same_hash()
    {
        var json = TestBundle.Json(_signature, _made.Log.Entry(_made.Body(Content, _signature), 0, 1, Time));
        Artefacts.Trusted(SigstoreVerifier.VerifyBundle(json, new SignedArtifact(Artefacts.Image.Digest), _made.Policy, Time));
        Artefacts.Refused(SigstoreVerifier.VerifyBundle(json, new SignedArtifact(Artefacts.OtherImage.Digest), _made.Policy, Time), "signature");
    }

    public void Dispose() => _made.Dispose();

    private Verdict Verify(params LogEntry[] entries) => Verify(_made.Policy, entries);

    private Verdict Verify(SigstorePolicy policy, params LogEntry[] entries) => SigstoreVerifier.VerifyBundle(TestBundle.Json(_signature, entries), Artefacts.Image, policy, Time);
}
