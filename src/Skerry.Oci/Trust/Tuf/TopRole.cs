namespace Skerry.Oci.Trust.Tuf;

/// <summary>The four roles at the top, as they are called in metadata and in names of files.</summary>
internal static class TopRole
{
    internal const string Root = "root";
    internal const string Timestamp = "timestamp";
    internal const string Snapshot = "snapshot";
    internal const string Targets = "targets";
}
