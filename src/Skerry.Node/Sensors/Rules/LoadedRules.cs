using Skerry.Guard.Decisions;
using Skerry.Guard.Rules;

namespace Skerry.Node.Sensors.Rules;

/// <summary>Rules that were loaded.</summary>
/// <param name="Set">Ready to judge.</param>
/// <param name="Files">The files, in their order.</param>
/// <param name="Warnings">What is doubtful in them.</param>
/// <param name="Digest">Of the names and contents of the files.</param>
/// <param name="Kernel">What the kernel can decide by itself, by the names of the rules that are to be denied.</param>
internal sealed record LoadedRules(RuleSet Set, IReadOnlyList<string> Files, IReadOnlyList<string> Warnings, string Digest, IReadOnlyDictionary<string, KernelRule> Kernel);
