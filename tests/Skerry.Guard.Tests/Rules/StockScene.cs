using Skerry.Guard.Events;

namespace Skerry.Guard.Tests.Rules;

/// <summary>An event on which a stock rule must fire, and one close by on which it must not.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Hit">It fires on this.</param>
/// <param name="Miss">And not on this.</param>
/// <param name="Also">Other rules of the same file that rightly fire on the first.</param>
internal sealed record StockScene(string Rule, KernelEvent Hit, KernelEvent Miss, params string[] Also);
