namespace Skerry.Oci.Distribution;

/// <summary>What opens a registry: a user with password, or an identity (refresh) token.</summary>
public sealed record RegistryCredential
{
    /// <summary>User name; empty with an identity token.</summary>
    public string Username { get; init; } = "";

    /// <summary>Password or access token of the user.</summary>
    public string Password { get; init; } = "";

    /// <summary>OAuth2 refresh token (docker's identity token); null for none.</summary>
    public string? IdentityToken { get; init; }

    /// <summary>A bearer token to send as it is (docker's registry token); null for none.</summary>
    public string? RegistryToken { get; init; }

    /// <summary>Never shows a secret.</summary>
    public override string ToString() => IdentityToken is not null ? "identity token" : RegistryToken is not null ? "registry token" : $"user {Username}";
}

/// <summary>What a credential helper said.</summary>
/// <param name="ExitCode">Exit code of <c>docker-credential-X get</c>.</param>
/// <param name="Output">Its standard output: JSON, or an error when the exit code is not 0.</param>
public sealed record HelperAnswer(int ExitCode, string Output);
