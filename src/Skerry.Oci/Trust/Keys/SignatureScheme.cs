using System.Security.Cryptography;

namespace Skerry.Oci.Trust.Keys;

/// <summary>How a signature is checked: its form and the hash of the message. Chosen by the key and the policy, never by an envelope alone.</summary>
/// <param name="Form">Algorithm and layout.</param>
/// <param name="Hash">Hash of the message; SHA-256, SHA-384 or SHA-512. Ed25519 brings its own, and this is not looked at.</param>
public readonly record struct SignatureScheme(SignatureForm Form, HashAlgorithmName Hash)
{
    /// <summary>Ed25519, which knows no choice.</summary>
    public static SignatureScheme Ed25519 { get; } = new(SignatureForm.Ed25519, HashAlgorithmName.SHA512);

    /// <summary><c>EcdsaDer with SHA256</c>.</summary>
    public override string ToString() => Form == SignatureForm.Ed25519 ? "Ed25519" : $"{Form} with {Hash.Name}";
}
