namespace Skerry.Node.Configuration;

/// <summary>The version of this build.</summary>
internal static class NodeVersion
{
    /// <summary>When this program was built, as far as the file of the program says.</summary>
    internal static DateTimeOffset Built { get; } = Environment.ProcessPath is { } path ? new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero) : DateTimeOffset.UnixEpoch;

    /// <summary>Major.minor.patch.</summary>
    internal static string Text { get; } = typeof(NodeVersion).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
