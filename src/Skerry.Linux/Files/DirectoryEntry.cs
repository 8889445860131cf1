namespace Skerry.Linux.Files;

/// <summary>One name in a directory.</summary>
/// <param name="Kind">As the directory says; <see cref="FileKind.Unknown"/> where its file system does not tell.</param>
public readonly record struct DirectoryEntry(string Name, FileKind Kind);
