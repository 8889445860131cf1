namespace Skerry.Cli.Tests.Peer;

/// <summary>
/// What others rely on, kept in files under Snapshots. With SKERRY_UPDATE_SNAPSHOTS=DIRECTORY set, what is said now is written
/// there instead of compared.
/// </summary>
internal static class Snapshot
{
    internal static void Check(string name, string actual)
    {
        if (Environment.GetEnvironmentVariable("SKERRY_UPDATE_SNAPSHOTS") is { Length: > 0 } directory)
        {
            File.WriteAllText(Path.Combine(directory, name), actual);
            return;
        }

        var path = Path.Combine(AppContext.BaseDirectory, "Snapshots", name);
        Assert.True(File.Exists(path), $"there is no snapshot {name}; make it with SKERRY_UPDATE_SNAPSHOTS=tests/Skerry.Cli.Tests/Snapshots");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
