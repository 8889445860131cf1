using System.Security.Cryptography;
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

    /// <summary>Told of each reading: a digest of all that was read, and what is wrong with it.</summary>
    internal Action<string, string>? Told { get; set; }

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
                Told?.Invoke(files.DigestWith(_reading.Error), _reading.Error);
            }

            return _reading;
        }
    }

    /// <summary>The policies of a directory as they would be with one more, or one other.</summary>
    /// <exception cref="ConfigurationException">The whole would be wrong.</exception>
    internal TrustPolicySet With(string name, string text, IReadOnlyDictionary<string, byte[]>? instead = null)
    {
        var files = new TrustFiles(directory, instead);
        var path = files.PathOf(name + Ending);
        var others = files.List(".", Ending).Where(f => f != path).Select(f => TrustPolicyFile.Parse(files.Text(f), f, files));
        return Set([.. others, TrustPolicyFile.Parse(text, path, files)]);
    }

    /// <summary>
    /// Writes a policy and its files. 1. The whole is tried. 2. The files that it names are written. 3. The policy, at once: it is what
    /// makes the files count.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">Its TOML.</param>
    /// <param name="files">Files that it names; their names begin with the policy's, and never stand for other content.</param>
    /// <param name="replace">Whether one of that name may be there.</param>
    /// <exception cref="ConfigurationException">It is wrong, or there and not to be replaced; nothing was changed.</exception>
    internal TrustPolicy Add(string name, string text, IReadOnlyDictionary<string, byte[]> files, bool replace)
    {
        lock (_gate)
        {
            // 1.
            var path = Path.Combine(directory, name + Ending);
            if (!TrustPolicyFile.IsName(name) || name == TrustPolicySet.None)
            {
                throw new ConfigurationException($"'{name}' is no name of a trust policy: a to z, 0 to 9, - and _, and not '{TrustPolicySet.None}'");
            }

            if (!replace && File.Exists(path))
            {
                throw new ConfigurationException($"there is a trust policy '{name}' already ({path}); --replace replaces it");
            }

            foreach (var (file, bytes) in files)
            {
                if (Path.GetFileName(file) != file || !file.StartsWith(name + ".", StringComparison.Ordinal) || file.EndsWith(Ending, StringComparison.Ordinal))
                {
                    throw new ConfigurationException($"'{file}' is no file of the policy: its name begins with '{name}.'");
                }

                var target = Path.Combine(directory, file);
                if (File.Exists(target) && !bytes.AsSpan().SequenceEqual(File.ReadAllBytes(target)))
                {
                    throw new ConfigurationException($"{target} is there with other content; remove it, or choose another name");
                }
            }

            var policy = With(name, text, files).Named(name)!;

            // 2.
            System.IO.Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
            foreach (var (file, bytes) in files)
            {
                TrustFiles.Write(Path.Combine(directory, file), bytes);
            }

            // 3.
            TrustFiles.Write(path, System.Text.Encoding.UTF8.GetBytes(text));
            return policy;
        }
    }

    /// <summary>
    /// Removes a policy, and of the files that came with it those that no other policy names. False: there is none.
    /// </summary>
    internal bool Remove(string name)
    {
        lock (_gate)
        {
            var path = Path.Combine(directory, name + Ending);
            if (!TrustPolicyFile.IsName(name) || !File.Exists(path))
            {
                return false;
            }

            File.Delete(path);
            foreach (var file in Left(name))
            {
                File.Delete(file);
            }

            return true;
        }
    }

    /// <summary>
    /// Files that came with a policy which is gone, and that none of the others reads. What somebody put beside it by hand may be all that there is of it,
    /// and where the others cannot be read nobody knows what they name: both stay.
    /// </summary>
    private List<string> Left(string name)
    {
        var files = new TrustFiles(directory);
        return Read(files, 0).Policies is null ? [] : [.. System.IO.Directory.EnumerateFiles(directory, name + ".*").Where(f => CameAlong(name, f) && !files.HasRead(f))];
    }

    /// <summary>Whether a file is one that was sent along with a policy: its name is the policy's and the beginning of its content's hash.</summary>
    private static bool CameAlong(string name, string file)
    {
        const int Digits = 12;
        var rest = Path.GetFileName(file).AsSpan(name.Length + 1);
        return rest.Length > Digits && rest[Digits] == '.' && new FileInfo(file) is { LinkTarget: null, Length: <= Skerry.Oci.Trust.TrustLimits.MaxRevocationList }
            && rest[..Digits].SequenceEqual(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))).AsSpan(0, Digits));
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
