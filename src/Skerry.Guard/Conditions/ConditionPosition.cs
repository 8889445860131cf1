namespace Skerry.Guard.Conditions;

/// <summary>A place in the text of a condition.</summary>
/// <param name="Index">Characters before it.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1.</param>
internal readonly record struct ConditionPosition(int Index, int Line, int Column);
