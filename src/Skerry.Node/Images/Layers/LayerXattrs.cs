using System.Buffers.Binary;
using Skerry.Oci.Layers;

namespace Skerry.Node.Images.Layers;

/// <summary>What is done with one extended attribute of an entry.</summary>
internal enum XattrRule
{
    /// <summary>It is set.</summary>
    Keep,

    /// <summary>It is left out and noted.</summary>
    Skip,

    /// <summary>The layer is refused.</summary>
    Refuse,
}

/// <summary>
/// Which extended attributes a layer may bring. An allow list: file capabilities and <c>user.*</c>. Labels of security
/// modules and POSIX ACLs belong to the machine the layer was made on and are left out; <c>trusted.*</c> and
/// <c>user.overlay.*</c> are the overlay's own language, with which a layer could redirect one path to another or forge
/// whiteouts: no honest builder writes them.
/// </summary>
internal static class LayerXattrs
{
    public const string Capability = "security.capability";
    public const string Opaque = "trusted.overlay.opaque";

    // struct vfs_cap_data and vfs_ns_cap_data (linux/capability.h).
    private const int SizeOfVersion2 = 20;
    private const int SizeOfVersion3 = 24;

    /// <summary>Judges one attribute; <paramref name="reason"/> is for people.</summary>
    public static XattrRule Judge(in ExtendedAttribute attribute, LayerEntryType type, out string reason)
    {
        string name = attribute.Name;
        reason = "";
        if (name.StartsWith("trusted.", StringComparison.Ordinal) || name.StartsWith("user.overlay.", StringComparison.Ordinal))
        {
            reason = $"the attribute {PathBytes.Printable(name)} speaks to the overlay file system";
            return XattrRule.Refuse;
        }

        if (name.Contains('\0', StringComparison.Ordinal) || name.Length > 255)
        {
            reason = "the name of an attribute is malformed";
            return XattrRule.Refuse;
        }

        if (name == Capability)
        {
            return JudgeCapability(attribute.Value.Span, type, out reason);
        }

        // The kernel gives user.* to files and directories only (xattr(7)).
        if (name.Length > 5 && name.StartsWith("user.", StringComparison.Ordinal) && type is LayerEntryType.File or LayerEntryType.Directory)
        {
            return XattrRule.Keep;
        }

        reason = $"the attribute {PathBytes.Printable(name)} is not taken";
        return XattrRule.Skip;
    }

    private static XattrRule JudgeCapability(ReadOnlySpan<byte> value, LayerEntryType type, out string reason)
    {
        reason = "";
        if (type != LayerEntryType.File)
        {
            reason = "file capabilities on something that is no file";
            return XattrRule.Skip;
        }

        // The revision is in the highest byte of the first word.
        uint revision = value.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(value) >> 24 : 0;
        switch (revision, value.Length)
        {
            case (2, SizeOfVersion2):
                return XattrRule.Keep;
            case (3, SizeOfVersion3) when BinaryPrimitives.ReadUInt32LittleEndian(value[20..]) == 0:
                return XattrRule.Keep;
            case (3, SizeOfVersion3):
                reason = "file capabilities bound to a user id of another machine";
                return XattrRule.Skip;
            default:
                reason = "file capabilities of an unknown revision or size";
                return XattrRule.Skip;
        }
    }
}
