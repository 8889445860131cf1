namespace Skerry.Node.Tests.Isolation.Jails;

/// <summary>QEMU as scripts/setup unpacks or installs it.</summary>
internal static class QemuLab
{
    /// <summary>Its program, or a skip that says what is missing.</summary>
    internal static string Program()
    {
        var found = Find();
        Assert.SkipUnless(found is not null, "needs QEMU: scripts/setup --lab unpacks it");
        return found!;
    }

    private static string? Find()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            var unpacked = Path.Combine(directory, "artifacts/tools/lab/usr/bin/qemu-system-x86_64");
            if (File.Exists(unpacked))
            {
                return unpacked;
            }
        }

        return File.Exists("/usr/bin/qemu-system-x86_64") ? "/usr/bin/qemu-system-x86_64" : null;
    }
}
