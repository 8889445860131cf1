namespace Skerry.Architecture.Tests;

/// <summary>A C# file: its path from the root, its text, and its code with comments and literals blanked out.</summary>
internal sealed class SourceFile(string path, string text)
{
    private string? _code;

    public string Path { get; } = path;

    public string Text { get; } = text;

    /// <summary>As long as <see cref="Text"/> and with the same lines, so that offsets agree.</summary>
    public string Code => _code ??= SourceText.Blank(Text);

    public string Name => System.IO.Path.GetFileName(Path);

    public int LineCount => Text.AsSpan().Count('\n');

    /// <summary>The folders of the path: src, Skerry.Node, Pods.</summary>
    public string[] Folders => Path.Split('/')[..^1];

    /// <summary>`path:line`, as an editor takes it.</summary>
    public string At(int offset) => $"{Path}:{Text.AsSpan(0, offset).Count('\n') + 1}";
}
