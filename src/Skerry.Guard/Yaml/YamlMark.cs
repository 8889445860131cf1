namespace Skerry.Guard.Yaml;

/// <summary>A place in a YAML text. All three count from 0.</summary>
/// <param name="Offset">Characters before it.</param>
/// <param name="Line">Line.</param>
/// <param name="Column">Column.</param>
internal readonly record struct YamlMark(int Offset, int Line, int Column);
