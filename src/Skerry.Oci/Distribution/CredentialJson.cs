using System.Text.Json.Serialization;

namespace Skerry.Oci.Distribution;

/// <summary>The wire shapes of docker's credentials file, of helpers and of token servers.</summary>
internal static class CredentialJson
{
    internal sealed class File
    {
        [JsonPropertyName("auths")] public Dictionary<string, Auth?>? Auths { get; set; }
        [JsonPropertyName("credHelpers")] public Dictionary<string, string?>? CredHelpers { get; set; }
        [JsonPropertyName("credsStore")] public string? CredsStore { get; set; }
    }

    internal sealed class Auth
    {
        [JsonPropertyName("auth")] public string? Value { get; set; }
        [JsonPropertyName("username")] public string? Username { get; set; }
        [JsonPropertyName("password")] public string? Password { get; set; }
        [JsonPropertyName("identitytoken")] public string? IdentityToken { get; set; }
        [JsonPropertyName("registrytoken")] public string? RegistryToken { get; set; }
    }

    internal sealed class Answer
    {
        public string? Username { get; set; }
        public string? Secret { get; set; }
    }

    internal sealed class Token
    {
        [JsonPropertyName("token")] public string? Value { get; set; }
        [JsonPropertyName("access_token")] public string? AccessToken { get; set; }
        [JsonPropertyName("expires_in")] public double? ExpiresIn { get; set; }
    }

    internal sealed class Errors
    {
        [JsonPropertyName("errors")] public List<Error?>? List { get; set; }
    }

    internal sealed class Error
    {
        [JsonPropertyName("code")] public string? Code { get; set; }
        [JsonPropertyName("message")] public string? Message { get; set; }
    }
}

/// <summary>Source-generated reading of the wire shapes.</summary>
[JsonSerializable(typeof(CredentialJson.File))]
[JsonSerializable(typeof(CredentialJson.Answer))]
[JsonSerializable(typeof(CredentialJson.Token))]
[JsonSerializable(typeof(CredentialJson.Errors))]
internal sealed partial class CredentialJsonContext : JsonSerializerContext;
