using Skerry.Guard.Rules;

namespace Skerry.Node.Sensors.Responses;

/// <summary>Which rung of the ladder a rule that is to be denied stands on.</summary>
/// <param name="Rule">Name of the rule.</param>
/// <param name="Means">How the kernel denies it; none where skerryd kills.</param>
/// <param name="Reason">Why the kernel cannot; null where it can.</param>
internal sealed record DenyRung(string Rule, KernelMeans Means, string? Reason);
