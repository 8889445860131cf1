using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Keys;

/// <summary>A private key that something else holds and uses for us: a token behind PKCS #11, or a TPM. It is opened for one command and closed with it.</summary>
internal interface IHeldKey : IDisposable
{
    /// <summary>Its public half: SubjectPublicKeyInfo in DER.</summary>
    byte[] PublicKey { get; }

    /// <summary>Signs what a node asks for.</summary>
    /// <exception cref="CliFailure">It is not of this kind, or whoever holds it refused.</exception>
    byte[] Sign(SignatureDemand demand);
}
