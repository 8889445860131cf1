namespace Skerry.Oci.Trust;

/// <summary>A check that failed, on its way to the step that took it. Never leaves a verifier.</summary>
internal sealed class TrustException(string why) : Exception(why);
