using System.Text;
using Skerry.Runtime.Cgroups;

namespace Skerry.Runtime.Beneath;

/// <summary>
/// Judges a runtime by letting it create a container: namespaces, cgroup, mounts and pivot of the root, all but the start. What a
/// trial that was killed leaves behind is below ROOT/.trial.*, and the next one takes it away.
/// </summary>
internal static class Trial
{
    /// <summary>No runtime of today refuses it, and crun before 1.9 takes no 1.2 or later (libcrun/container.c, "unknown version specified").</summary>
    private const string OldVersion = "1.0.2";

    private const string NewVersion = "1.9.0";
    private const string Id = "skerry-trial";

    /// <summary>The verdict on this runtime.</summary>
    internal static RuntimeBeneath Run(string root, RuntimeBeneath candidate)
    {
        var told = Child.Capture(candidate, ["--version"]);
        if (told.ExitCode != 0)
        {
            return candidate with { Refusal = $"--version ended with {told.ExitCode}: {told.Reason}" };
        }

        candidate = candidate with { Version = told.Output.Split('\n')[0].Split(' ')[^1].Trim() };
        if (!Environment.IsPrivilegedProcess)
        {
            // Without root a container needs a user namespace that only the engine above can lay out.
            return candidate with { OciVersionToWrite = candidate.Kind == "crun" ? OldVersion : "" };
        }

        Sweep(root);
        var directory = System.IO.Path.Combine(root, $".trial.{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(System.IO.Path.Combine(directory, "rootfs", "proc"));
            Directory.CreateDirectory(System.IO.Path.Combine(directory, "rootfs", "dev"));
            var program = System.IO.Path.Combine(directory, "rootfs", "none");
            File.WriteAllText(program, "");
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);

            // Each refusal that is understood removes one cause; which one a runtime checks first is its own affair.
            var error = Create(directory, candidate);
            for (var again = true; again && error.Length > 0;)
            {
                again = true;
                if (!candidate.NeedsCoveredUnified && error.Contains("hybrid", StringComparison.Ordinal) && UnifiedView.IsHybrid())
                {
                    candidate = candidate with { NeedsCoveredUnified = true };
                    UnifiedView.Enter();
                }
                else if (candidate.OciVersionToWrite.Length == 0 && error.Contains("version", StringComparison.Ordinal))
                {
                    candidate = candidate with { OciVersionToWrite = OldVersion };
                }
                else
                {
                    again = false;
                    continue;
                }

                error = Create(directory, candidate);
            }

            return error.Length == 0 ? candidate : candidate with { Refusal = $"a trial container could not be created: {error}" };
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Create(string directory, RuntimeBeneath candidate)
    {
        var version = candidate.OciVersionToWrite is { Length: > 0 } old ? old : NewVersion;
        File.WriteAllBytes(System.IO.Path.Combine(directory, "config.json"), Encoding.UTF8.GetBytes(
            $$$"""
            {"ociVersion":"{{{version}}}","process":{"user":{"uid":0,"gid":0},"args":["/none"],"cwd":"/"},"root":{"path":"rootfs"},
            "mounts":[{"destination":"/proc","type":"proc","source":"proc"}],
            "linux":{"namespaces":[{"type":"pid"},{"type":"mount"},{"type":"ipc"},{"type":"uts"},{"type":"network"}]}}
            """));
        var state = System.IO.Path.Combine(directory, "state");
        var id = $"{Id}-{Environment.ProcessId}";
        var made = Child.Capture(candidate, ["--root", state, "create", "--bundle", directory, id]);
        _ = Child.Capture(candidate, ["--root", state, "delete", "--force", id]);
        return made.ExitCode == 0 ? "" : made.Reason is { Length: > 0 } reason ? reason : $"exit code {made.ExitCode}";
    }

    private static void Sweep(string root)
    {
        foreach (var left in Directory.GetDirectories(root, ".trial.*"))
        {
            if (!Directory.Exists($"/proc/{left[(left.LastIndexOf('.') + 1)..]}"))
            {
                Directory.Delete(left, recursive: true);
            }
        }
    }
}
