using System.Diagnostics;

namespace Skerry.Oci.Tests.Trust;

/// <summary>Runs openssl in a directory of its own: an authority, a responder and a time stamper that nobody of us wrote.</summary>
internal sealed class OpenSsl : IDisposable
{
    private const string Binary = "/usr/bin/openssl";

    public static bool IsThere => File.Exists(Binary);

    public DirectoryInfo Root { get; } = Directory.CreateTempSubdirectory("skerry-oci-openssl-");

    public string PathOf(string name) => Path.Combine(Root.FullName, name);

    public byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    public void Write(string name, string text) => File.WriteAllText(PathOf(name), text);

    public void Write(string name, byte[] bytes) => File.WriteAllBytes(PathOf(name), bytes);

    public void Run(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Binary, arguments) { WorkingDirectory = Root.FullName, RedirectStandardError = true, RedirectStandardOutput = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"openssl {arguments}: {errors.Result}");
    }

    public void Dispose() => Root.Delete(recursive: true);
}
