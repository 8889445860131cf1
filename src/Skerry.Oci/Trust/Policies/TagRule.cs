namespace Skerry.Oci.Trust.Policies;

/// <summary>Whether an image may be named by a tag, which somebody can move.</summary>
public enum TagRule
{
    /// <summary>It may; the tag is resolved once, and what it led to is what is verified and runs.</summary>
    Any,

    /// <summary>It may where the policy pins the tag to a digest.</summary>
    Pinned,

    /// <summary>It may not: a digest must be named.</summary>
    Refused,
}
