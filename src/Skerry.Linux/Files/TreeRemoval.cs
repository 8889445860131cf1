namespace Skerry.Linux.Files;

/// <summary>
/// Removes a directory with all below it without ever following a symbolic link or leaving it. Works on trees of any depth
/// with a bounded number of open descriptors: what lies too deep is first moved up next to the top.
/// </summary>
public static class TreeRemoval
{
    /// <summary>Directories held open at once; far below the usual limit of 1024 descriptors.</summary>
    private const int MaxOpenDepth = 64;

    /// <summary>Removes <paramref name="name"/> in <paramref name="parent"/>, whatever it is; false where it does not exist.</summary>
    /// <exception cref="LinuxException">Something could not be removed.</exception>
    public static bool Remove(FileDescriptor parent, string name)
    {
        if (FileCalls.Status(parent, name) is not { } status)
        {
            return false;
        }

        if (status.Kind != FileKind.Directory)
        {
            return FileCalls.Unlink(parent, name);
        }

        using (var top = OpenDirectory(parent, name))
        {
            int moved = 0;
            do
            {
                moved = 0;
                Empty(top, top, 1, ref moved);
            }
            while (moved > 0);
        }

        return FileCalls.RemoveDirectory(parent, name);
    }

    private static void Empty(FileDescriptor top, FileDescriptor directory, int depth, ref int moved)
    {
        bool found;
        do
        {
            found = false;
            foreach (var portion in FileCalls.Portions(directory))
            {
                found |= portion.Count > 0;
                Empty(top, directory, portion, depth, ref moved);
            }
        }
        while (found);
    }

    private static void Empty(FileDescriptor top, FileDescriptor directory, IReadOnlyList<DirectoryEntry> portion, int depth, ref int moved)
    {
        foreach (var entry in portion)
        {
            var kind = entry.Kind == FileKind.Unknown ? FileCalls.Status(directory, entry.Name)?.Kind : entry.Kind;
            if (kind != FileKind.Directory)
            {
                FileCalls.Unlink(directory, entry.Name);
                continue;
            }

            if (depth >= MaxOpenDepth)
            {
                MoveUp(top, directory, entry.Name, ref moved);
                continue;
            }

            using (var inner = OpenDirectory(directory, entry.Name))
            {
                Empty(top, inner, depth + 1, ref moved);
            }

            FileCalls.RemoveDirectory(directory, entry.Name);
        }
    }

    private static void MoveUp(FileDescriptor top, FileDescriptor directory, string name, ref int moved)
    {
        while (true)
        {
            string free = $".deep-{moved++:x}";
            try
            {
                FileCalls.RenameToNew(directory, name, top, free);
                return;
            }
            catch (LinuxException e) when (e.Error == Errno.EEXIST)
            {
                // The tree itself holds such a name; take the next number.
            }
        }
    }

    private static FileDescriptor OpenDirectory(FileDescriptor parent, string name)
    {
        var (opened, error) = FileCalls.OpenBeneath(parent, name, OpenFlags.Read | OpenFlags.Directory | OpenFlags.NoFollow);
        return opened ?? throw LinuxException.Of("openat2", name, error);
    }
}
