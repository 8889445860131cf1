using Skerry.Runtime.Beneath;

namespace Skerry.Runtime.CommandLine;

/// <summary>Writes a call again for the runtime beneath: same meaning, its own state directory, options before operands.</summary>
internal static class Arguments
{
    /// <summary>The arguments after the program's name; <paramref name="config"/> is the corrected config.json, for crun.</summary>
    internal static List<string> Of(Invocation call, RuntimeBeneath runtime, string root, string? config = null)
    {
        var arguments = new List<string> { "--root", runtime.StateRoot(root) };
        foreach (var (name, value) in call.Global)
        {
            switch (name)
            {
                case "root" or "criu":
                    break;
                case "cgroup-manager" when runtime.Kind == "runc":
                    if (value == "systemd")
                    {
                        arguments.Add("--systemd-cgroup");
                    }
                    else if (value != "cgroupfs")
                    {
                        throw new RefusedException($"--cgroup-manager {value}: runc knows cgroupfs and systemd");
                    }

                    break;
                case "debug" or "systemd-cgroup":
                    if (value != "false")
                    {
                        arguments.Add("--" + name);
                    }

                    break;
                default:
                    arguments.Add($"--{name}={value}");
                    break;
            }
        }

        arguments.Add(call.Command);
        foreach (var (name, value) in call.Options)
        {
            if (config is not null && name is "config" or "f" && call.Command is "create" or "run")
            {
                continue;
            }

            if (runtime.Kind == "runc" && (name is "config" || (name == "f" && call.Command is "create" or "run")))
            {
                throw new RefusedException("--config is crun's; runc reads config.json of the bundle");
            }

            if (OptionTable.Of(call.Command) is { } known && Array.IndexOf(known, name) >= 0)
            {
                // A flag; crun takes no value for one.
                if (value != "false")
                {
                    arguments.Add(Dashed(name));
                }
            }
            else if (name.Length == 1)
            {
                arguments.Add("-" + name);
                arguments.Add(value!);
            }
            else
            {
                arguments.Add($"--{name}={value}");
            }
        }

        if (config is not null)
        {
            arguments.Add($"--config={config}");
        }

        arguments.AddRange(call.Operands);
        return arguments;
    }

    private static string Dashed(string name) => name.Length == 1 ? "-" + name : "--" + name;
}
