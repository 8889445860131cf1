using Skerry.Guard.Decisions;

namespace Skerry.Node.Sensors.Rules;

/// <summary>Rules that were loaded.</summary>
/// <param name="Set">Ready to judge.</param>
/// <param name="Files">The files, in their order.</param>
/// <param name="Warnings">What is doubtful in them.</param>
internal sealed record LoadedRules(RuleSet Set, IReadOnlyList<string> Files, IReadOnlyList<string> Warnings);
