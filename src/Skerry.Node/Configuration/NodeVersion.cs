namespace Skerry.Node.Configuration;

/// <summary>The version of this build.</summary>
internal static class NodeVersion
{
    /// <summary>Major.minor.patch.</summary>
    internal static string Text { get; } = typeof(NodeVersion).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
