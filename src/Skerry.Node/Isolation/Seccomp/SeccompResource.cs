namespace Skerry.Node.Isolation.Seccomp;

/// <summary>The data files beside this code, embedded in the program.</summary>
internal static class SeccompResource
{
    internal static byte[] Read(string name)
    {
        var full = "Skerry.Node.Isolation.Seccomp." + name;
        using var stream = typeof(SeccompResource).Assembly.GetManifestResourceStream(full)
            ?? throw new InvalidOperationException($"the program was built without {full}");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    internal static string ReadText(string name) => System.Text.Encoding.UTF8.GetString(Read(name));
}
