namespace Skerry.Node.Network;

/// <summary>Writes a small file so that a reader sees the old or the new content, never a part. Not durable on purpose.</summary>
internal static class AtomicFile
{
    /// <summary>Replaces the content of <paramref name="path"/>, readable by root alone.</summary>
    internal static void Write(string path, string content)
    {
        var next = path + ".new";
        using (var stream = new FileStream(next, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(content));
        }

        File.Move(next, path, overwrite: true);
    }
}
