using System.Globalization;
using Skerry.Node.Policy;

namespace Skerry.Node.Survey;

/// <summary>What makes isolation faster or keeps it from the machine's own kernel, and what computes: KVM, trusted execution environments, devices.</summary>
internal static class AcceleratorProbes
{
    internal static IEnumerable<Probe> All(DeviceSurvey survey)
    {
        yield return new Probe("accelerator", "kvm", () => Kvm(survey.Kvm().GetAwaiter().GetResult()));
        var machine = survey.Now();
        foreach (var device in machine.Accelerators)
        {
            yield return new Probe("accelerator", Path.GetFileName(device.Device), () => ProbeResult.Yes($"{device.Kind} at {device.Device}"));
        }

        foreach (var tee in machine.Tees)
        {
            yield return new Probe("tee", TeeNames.Of(tee.Kind), () => tee.Available ? ProbeResult.Yes(tee.Detail) : ProbeResult.No($"{tee.Reason}; {tee.Remedy}"));
        }
    }

    private static ProbeResult Kvm(KvmVerdict verdict) => verdict.Usable == true
        ? ProbeResult.Yes(string.Create(CultureInfo.InvariantCulture, $"a guest in kernel mode ran {verdict.InstructionsPerSecond / 1_000_000} million instructions a second"))
        : ProbeResult.No($"{verdict.Reason}; {verdict.Remedy}");
}
