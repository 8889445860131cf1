namespace Skerry.Node.Isolation;

/// <summary>A file in which is kept what a trial found. One that cannot be written costs one trial more, and never what was found.</summary>
internal static class TrialFile
{
    /// <summary>Puts it in place whole, or leaves what is there.</summary>
    internal static void Write(string path, ReadOnlySpan<byte> content)
    {
        var part = path + ".new";
        try
        {
            File.WriteAllBytes(part, content);
            File.Move(part, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A full disk: the journal and 'skerry doctor' tell of it.
        }
    }
}
