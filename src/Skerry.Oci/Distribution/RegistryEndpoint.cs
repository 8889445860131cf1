namespace Skerry.Oci.Distribution;

/// <summary>One host that may hold a repository: a mirror or the registry itself.</summary>
internal sealed record RegistryEndpoint(string Host, string Registry, string Repository, bool IsPlain, bool IsMirror)
{
    private const string DockerHub = "registry-1.docker.io"; // where docker.io's API is

    /// <summary>The mirrors of a reference's registry in order, then the registry.</summary>
    public static IEnumerable<RegistryEndpoint> For(ImageReference reference, RegistryOptions options)
    {
        if (options.Mirrors.TryGetValue(reference.Registry, out var mirrors))
        {
            foreach (var mirror in mirrors)
            {
                var slash = mirror.IndexOf('/', StringComparison.Ordinal);
                var host = slash < 0 ? mirror : mirror[..slash];
                var repository = slash < 0 ? reference.Repository : $"{mirror[(slash + 1)..].Trim('/')}/{reference.Repository}";
                if (RegistryGrammar.BadHost(host) >= 0 || RegistryGrammar.BadRepository(repository) >= 0)
                {
                    throw new OciFormatException("registry options", null, $"the mirror '{Manifests.JsonGuard.Printable(mirror)}' of {reference.Registry} is not host[:port][/path]");
                }

                yield return new RegistryEndpoint(host, host, repository, options.PlainHttp.Contains(host), IsMirror: true);
            }
        }

        yield return Origin(reference, options);
    }

    /// <summary>The registry itself.</summary>
    public static RegistryEndpoint Origin(ImageReference reference, RegistryOptions options) => new(
        reference.Registry == ImageReference.DefaultRegistry ? DockerHub : reference.Registry,
        reference.Registry, reference.Repository, options.PlainHttp.Contains(reference.Registry), IsMirror: false);

    /// <summary>Address of something in the repository: <c>manifests/latest</c>.</summary>
    public Uri At(string path) => new($"{(IsPlain ? "http" : "https")}://{Host}/v2/{Repository}/{path}");
}
