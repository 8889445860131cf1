using Skerry.Node.Policy.Trust;
using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Tests.Policy.Trust;

/// <summary>A directory for trust policies, with a key of cosign's kind in it.</summary>
internal sealed class TrustDirectoryFixture : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skerry-trust-");

    internal TrustDirectoryFixture()
    {
        Write("a.pub", Key());
        Write("b.pub", Key());
        Policies = new TrustPolicies(Path);
    }

    internal string Path => _directory.FullName;

    internal TrustPolicies Policies { get; }

    internal static string Key()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        return key.ExportSubjectPublicKeyInfoPem();
    }

    internal string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllText(path + ".new", text);
        File.SetUnixFileMode(path + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(path + ".new", path, overwrite: true);
        return path;
    }

    /// <summary>The policy of a text, as p.toml of the directory.</summary>
    internal TrustPolicy Parse(string text) => TrustPolicyFile.Parse(text, System.IO.Path.Combine(Path, "p.toml"), new TrustFiles(Path));

    public void Dispose() => _directory.Delete(recursive: true);
}
