using System.Collections.Immutable;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Peers;

/// <summary>
/// cosign, notation, notary and docker: those whose signatures are verified. This release of Debian has not all of them, so SKERRY_SIGNING_TOOLS names a
/// directory with programs of these names (cosign25 and cosign31 too).
/// </summary>
internal sealed class SigningTools
{
    public const string Missing = "SKERRY_SIGNING_TOOLS does not name a directory with cosign, notation and notary";

    /// <summary>Of the keys that are made for the bench.</summary>
    public const string Password = "bench-passphrase";

    private static readonly string[] CosignNames = ["cosign25", "cosign31", "cosign"];

    private readonly string directory;

    private SigningTools(string directory, string home)
    {
        this.directory = directory;
        Home = home;
    }

    /// <summary>Their home directory, with keys and policies.</summary>
    public string Home { get; }

    /// <summary>The names of those that are there.</summary>
    public ImmutableArray<string> Cosigns => [.. CosignNames.Where(Has)];

    public static SigningTools? Find(Workplace place) =>
        Environment.GetEnvironmentVariable("SKERRY_SIGNING_TOOLS") is { Length: > 0 } named && Directory.Exists(named)
            ? new SigningTools(Path.GetFullPath(named), place.Disk("signing-tools"))
            : null;

    public string At(string name) => Path.Combine(Home, name);

    /// <summary>Whether a program is there; docker's command line may be the system's.</summary>
    public bool Has(string name) => File.Exists(Path.Combine(directory, name)) || (name == "docker" && Tool.Find(name) is not null);

    /// <summary>A call of a program, with nothing of the machine's own configuration.</summary>
    public Command Call(string name, params ReadOnlySpan<string> arguments)
    {
        string path = Path.Combine(directory, name);
        Command command = Command.Of(File.Exists(path) ? path : Tool.Of(name), arguments) with { WorkingDirectory = Home };
        foreach (string role in (string[])["ROOT", "TARGETS", "SNAPSHOT", "DELEGATION"])
        {
            command = command.WithEnvironment($"NOTARY_{role}_PASSPHRASE", Password);
        }

        return command.WithEnvironment("HOME", Home).WithEnvironment("XDG_CONFIG_HOME", At(".config")).WithEnvironment("COSIGN_PASSWORD", Password);
    }
}
