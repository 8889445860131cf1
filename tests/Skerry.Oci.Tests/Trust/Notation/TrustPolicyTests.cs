using System.Text;
using Skerry.Oci.Trust.Notation;

namespace Skerry.Oci.Tests.Trust.Notation;

public sealed class TrustPolicyTests
{
    private const string Good = """{"version":"1.0","trustPolicies":[{"name":"a","registryScopes":["r.example.test/x"],"signatureVerification":{"level":"strict"},"trustStores":["ca:s"],"trustedIdentities":["*"]},{"name":"b","registryScopes":["*"],"signatureVerification":{"level":"skip"}}]}""";

    [Fact]
    public void The_policy_that_names_a_repository_comes_before_the_one_for_all()
    {
        var policy = Parse(Good);
        Assert.Equal("a", policy.For("r.example.test/x")!.Name);
        Assert.Equal("b", policy.For("r.example.test/x/y")!.Name);
    }

    [Theory]
    [InlineData("\"1.0\"", "\"2.0\"")]
    [InlineData("\"name\":\"b\"", "\"name\":\"a\"")]
    [InlineData("\"name\":\"a\"", "\"name\":\"\"")]
    [InlineData("[\"*\"],\"signature", "[\"r.example.test/x\"],\"signature")]
    [InlineData("[\"r.example.test/x\"]", "[\"*\"]")]
    [InlineData("[\"r.example.test/x\"]", "[\"r.example.test/x:v1\"]")]
    [InlineData("[\"r.example.test/x\"]", "[\"r.example.test/*\"]")]
    [InlineData("[\"r.example.test/x\"]", "[\"*\",\"r.example.test/x\"]")]
    [InlineData("[\"r.example.test/x\"]", "[]")]
    [InlineData("\"strict\"", "\"Strict\"")]
    [InlineData("\"strict\"", "\"strict\",\"override\":{\"integrity\":\"log\"}")]
    [InlineData("\"strict\"", "\"strict\",\"override\":{\"authenticity\":\"skip\"}")]
    [InlineData("\"strict\"", "\"strict\",\"override\":{\"nonsense\":\"log\"}")]
    [InlineData("\"skip\"", "\"skip\",\"override\":{\"expiry\":\"log\"}")]
    [InlineData("\"skip\"}", "\"skip\"},\"trustStores\":[\"ca:s\"]")]
    [InlineData("\"strict\"", "\"strict\",\"verifyTimestamp\":\"never\"")]
    [InlineData("[\"ca:s\"]", "[]")]
    [InlineData("[\"ca:s\"]", "[\"tsa:s\"]")]
    [InlineData("[\"ca:s\"]", "[\"ca:../s\"]")]
    [InlineData("[\"ca:s\"]", "[\"x:s\"]")]
    [InlineData("[\"*\"]}", "[]}")]
    [InlineData("[\"*\"]}", "[\"*\",\"x509.subject: C=US,ST=WA,O=x\"]}")]
    [InlineData("[\"*\"]}", "[\"x509.subject: C=US,O=x\"]}")]
    [InlineData("[\"*\"]}", "[\"x509.subject: C=US,ST=WA,O=x,O=y\"]}")]
    [InlineData("[\"*\"]}", "[\"x509.subject: C=US,ST=WA,O=x+CN=y\"]}")]
    [InlineData("[\"*\"]}", "[\"x509.subject: C=US,ST=WA,O=x\",\"x509.subject: C=US,ST=WA,O=x,CN=y\"]}")]
    [InlineData("[\"*\"]}", "[\"*\"],\"unheard\":1}")]
    public void A_document_that_breaks_a_rule_is_none(string old, string with) =>
        Assert.Throws<OciFormatException>(() => Parse(Encoding.UTF8.GetString(Artefacts.Replaced(Encoding.UTF8.GetBytes(Good), old, with))));

    private static NotationTrustPolicy Parse(string json) => NotationTrustPolicy.Parse(Encoding.UTF8.GetBytes(json));
}
