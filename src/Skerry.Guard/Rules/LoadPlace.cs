namespace Skerry.Guard.Rules;

/// <summary>One of the places that lead to a problem, from the file down to the word.</summary>
/// <param name="Source">Name of the file, or the beginning of the condition the place is in.</param>
/// <param name="Line">Line, from 0.</param>
/// <param name="Column">Column, from 0.</param>
/// <param name="Offset">Characters before it.</param>
/// <param name="ItemKind">What is there: rule, macro condition, exception …</param>
/// <param name="ItemName">Its name, or nothing.</param>
public sealed record LoadPlace(string Source, int Line, int Column, int Offset, string ItemKind, string ItemName);
