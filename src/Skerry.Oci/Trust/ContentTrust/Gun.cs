namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>The globally unique name that content trust knows an image by.</summary>
public static class Gun
{
    /// <summary>Host and path of a reference, as docker maps it: <c>busybox</c> is <c>docker.io/library/busybox</c>; tag and digest are left out.</summary>
    public static string Of(ImageReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return reference.Name;
    }
}
