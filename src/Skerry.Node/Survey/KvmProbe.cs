using System.Globalization;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Processes;
using Skerry.Linux.Virtualization;
using Skerry.Node.Isolation;
using Skerry.Node.Policy;

namespace Skerry.Node.Survey;

/// <summary>
/// Judges /dev/kvm by a guest that runs (<see cref="KvmTrial"/>), in a process of its own with a deadline: where a kernel emulates, a
/// guest may never come back.
/// </summary>
internal static class KvmProbe
{
    internal const string Device = "/dev/kvm";

    /// <summary>skerryd's argument that makes it the process in which the guest is tried.</summary>
    internal const string Argument = "--try-kvm";

    /// <summary>
    /// What hardware reaches in any case: the guest's loop is two instructions that each processor with virtualisation does in a cycle
    /// or two, so 500 MHz are enough. Emulations that were measured are at 1 to 5 million.
    /// </summary>
    internal const long LeastSpeed = 100_000_000;

    private const string Remedy = "enable virtualisation in the firmware, or, where this machine is itself virtual, hardware-assisted nested virtualisation at its host";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>What was found; kept until the next boot.</summary>
    /// <param name="program">A skerryd that can be run with <see cref="Argument"/>.</param>
    /// <param name="trials">Where it is kept.</param>
    internal static KvmVerdict Find(string program, TrialCache trials)
    {
        var key = TrialCache.Key([Device]);
        if (trials.Load("kvm", key) is [var known] && long.TryParse(known, NumberStyles.None, CultureInfo.InvariantCulture, out var speed))
        {
            return Judge(speed);
        }

        if (!File.Exists(Device))
        {
            return new KvmVerdict(false, 0, $"there is no {Device}", $"{Remedy}, and load kvm_intel or kvm_amd");
        }

        if (!KvmTrial.IsSupported)
        {
            return new KvmVerdict(false, 0, $"{Device} is there and was not tried: the guest of the trial is for x86-64 alone", "name the tier: --tier microvm tries it with a whole machine");
        }

        var request = new SpawnRequest { Path = program, Arguments = [Argument] };
        BoundedRunResult ended;
        try
        {
            ended = BoundedRun.Run(request, default, 4096, 4096, Patience, CancellationToken.None);
        }
        catch (LinuxException error)
        {
            return new KvmVerdict(false, 0, $"{Device} could not be tried: {error.Message}", "restart skerryd: its program was replaced while it ran");
        }

        if (ended.End != BoundedRunEnd.Exited)
        {
            trials.Store("kvm", key, ["0"]);
            return Judge(0);
        }

        if (ended.ExitCode != 0 || !long.TryParse(Encoding.UTF8.GetString(ended.Output).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out speed))
        {
            return new KvmVerdict(false, 0, ToolTrial.Line(Encoding.UTF8.GetString(ended.Error)), Remedy);
        }

        trials.Store("kvm", key, [speed.ToString(CultureInfo.InvariantCulture)]);
        return Judge(speed);
    }

    /// <summary>The process in which the guest is tried: prints its speed, or why there is none.</summary>
    internal static int Run(TextWriter output, TextWriter error)
    {
        try
        {
            output.WriteLine(KvmTrial.InstructionsPerSecond(Device).ToString(CultureInfo.InvariantCulture));
            return 0;
        }
        catch (IOException failed)
        {
            error.WriteLine(failed.Message);
            return 1;
        }
    }

    /// <param name="speed">Instructions a second; 0: the guest did not come to its end.</param>
    private static KvmVerdict Judge(long speed) => speed >= LeastSpeed
        ? new KvmVerdict(true, speed, string.Empty, string.Empty)
        : speed == 0 ? new KvmVerdict(false, 0, FormattableString.Invariant($"{Device} hangs: a guest in kernel mode did not come to its end within {Patience.TotalSeconds:0} s"), Remedy)
        : new KvmVerdict(
            false,
            speed,
            FormattableString.Invariant($"{Device} emulates: a guest in kernel mode runs {speed / 1e6:0.0} million instructions a second, where hardware does {LeastSpeed / 1_000_000} and more"),
            Remedy);
}
