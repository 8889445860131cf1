using System.Text;
using Skerry.Guard.Audit;

namespace Skerry.Node.Audit;

/// <summary>The log's signing key, in a file that root alone may read.</summary>
internal static class AuditKey
{
    private const string Name = "key";

    /// <summary>The key, made where there is none yet.</summary>
    /// <exception cref="AuditFormatException">The file holds no key.</exception>
    internal static NoteSigner Open(AuditFiles files, string origin)
    {
        if (files.ReadText(Name) is { } text)
        {
            return NoteSigner.Parse(text.Trim());
        }

        return Keep(files, NoteSigner.Generate(origin));
    }

    /// <summary>The key of a log that was set aside, for the log that follows it, under that one's name; a new key where it cannot be read.</summary>
    internal static NoteSigner Inherit(AuditFiles files, AuditFiles aside, string origin)
    {
        try
        {
            if (aside.ReadText(Name) is { } text)
            {
                return Keep(files, NoteSigner.Parse(text.Trim()).Rename(origin));
            }
        }
        catch (AuditFormatException)
        {
            // Damaged as well.
        }

        return Keep(files, NoteSigner.Generate(origin));
    }

    private static NoteSigner Keep(AuditFiles files, NoteSigner key)
    {
        files.Write(Name, Encoding.UTF8.GetBytes(key.Export() + "\n"));
        return key;
    }
}
