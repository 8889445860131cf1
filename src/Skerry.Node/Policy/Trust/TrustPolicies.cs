using Skerry.Node.Configuration;
using Skerry.Oci;
using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Policy.Trust;

/// <summary>
/// The trust policies of a directory, read again when a file of theirs changes. An error in one of them is an error of all, and then
/// nothing is allowed: the policy that cannot be read might have been the one that denies.
/// </summary>
/// <remarks>Safe for several threads. The gate guards what was read.</remarks>
internal sealed class TrustPolicies(string directory)
{
    private const string Ending = ".toml";

    private readonly Lock _gate = new();
    private TrustFiles? _files;
    private TrustReading _reading = new(null, string.Empty, 0);

    /// <summary>Where they are.</summary>
    internal string Directory => directory;

    /// <summary>The policies as they are now.</summary>
    internal TrustReading Current()
    {
        lock (_gate)
        {
            if (_files?.IsUnchanged() != true)
            {
                // 1. Read. 2. A file that was exchanged meanwhile is read again by the next who asks: it was noted before it was opened.
                var files = new TrustFiles(directory);
                _reading = Read(files, _reading.Generation + 1);
                _files = files;
            }

            return _reading;
        }
    }

    /// <summary>The policies of a directory as they would be with one more, or one other.</summary>
    /// <exception cref="ConfigurationException">The whole would be wrong.</exception>
    internal TrustPolicySet With(string name, string text)
    {
        var files = new TrustFiles(directory);
        var path = files.PathOf(name + Ending);
        var others = files.List(".", Ending).Where(f => f != path).Select(f => TrustPolicyFile.Parse(files.Text(f), f, files));
        return Set([.. others, TrustPolicyFile.Parse(text, path, files)]);
    }

    private static TrustReading Read(TrustFiles files, int generation)
    {
        try
        {
            return new TrustReading(Set([.. files.List(".", Ending).Select(f => TrustPolicyFile.Parse(files.Text(f), f, files))]), string.Empty, generation);
        }
        catch (Exception error) when (error is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            return new TrustReading(null, error.Message, generation);
        }
    }

    private static TrustPolicySet Set(IReadOnlyList<TrustPolicy> policies)
    {
        try
        {
            return new TrustPolicySet(policies);
        }
        catch (OciFormatException error)
        {
            throw new ConfigurationException(error.Message);
        }
    }
}
