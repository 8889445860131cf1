namespace Skerry.Oci.Trust.Revocation;

/// <summary>What a list or an answer says, in words; <paramref name="GoodUntil"/> is when it is to be asked again.</summary>
internal readonly record struct RevocationFinding(RevocationState State, string Why, DateTimeOffset? GoodUntil = null);
