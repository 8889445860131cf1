using System.Text.Json.Nodes;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Peers;

/// <summary>A bundle for the OCI runtime alone, and the commands that run it.</summary>
internal sealed class Bundle
{
    private readonly string directory;

    private Bundle(string directory) => this.directory = directory;

    /// <summary>How much of what Skerry does a bundle asks for.</summary>
    internal enum Hardening
    {
        /// <summary>Namespaces, a read-only root, no new privileges.</summary>
        Plain,

        /// <summary>And a user namespace, limits and seccomp; the runtime compiles the profile.</summary>
        Hardened,

        /// <summary>The same with the filter compiled beforehand, which only crun takes.</summary>
        HardenedPrecompiled,
    }

    /// <summary>A bundle made by the runtime's own <c>spec</c>, changed to the hardening.</summary>
    public static Bundle Of(Workplace place, string runtime, string rootfs, Hardening hardening, params ReadOnlySpan<string> command)
    {
        string directory = place.Disk("bundles", $"{Path.GetFileName(runtime)}-{hardening}");
        string file = Path.Combine(directory, "config.json");
        File.Delete(file);
        _ = Child.Read(Command.Of(runtime, "spec") with { WorkingDirectory = directory }, place.Tmp);
        JsonObject spec = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        JsonArray words = [];
        foreach (string word in command)
        {
            words.Add(word);
        }

        JsonObject process = spec["process"]!.AsObject();
        process["terminal"] = false;
        process["args"] = words;
        process["noNewPrivileges"] = true;
        process["rlimits"] = new JsonArray();
        spec["root"] = new JsonObject { ["path"] = rootfs, ["readonly"] = true };
        if (hardening != Hardening.Plain)
        {
            Harden(spec, hardening, place.Tmp);
        }

        File.WriteAllText(file, spec.ToJsonString());
        return new Bundle(directory);
    }

    /// <summary>A bundle from the spec that Skerry gave its runtime, on the same files.</summary>
    public static Bundle OfSpec(Workplace place, string specification, string rootfs)
    {
        string directory = place.Disk("bundles", "skerry");
        JsonObject spec = JsonNode.Parse(specification)!.AsObject();
        spec["root"] = new JsonObject { ["path"] = rootfs, ["readonly"] = true };
        spec["process"]!["args"] = new JsonArray("/bin/true");
        spec["linux"]!["cgroupsPath"] = "/bare";
        spec["mounts"] = new JsonArray(
            [.. spec["mounts"]!.AsArray().Where(m => !IsBind(m!) || Path.Exists((string?)m!["source"])).Select(m => m!.DeepClone())]);
        foreach (JsonNode? mount in spec["mounts"]!.AsArray())
        {
            // The node makes the targets of the files that it mounts (/etc/hosts) in the container's own layer; here is only the image's.
            if (File.Exists((string?)mount!["source"]))
            {
                string target = rootfs + (string?)mount["destination"];
                _ = Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.OpenHandle(target, FileMode.OpenOrCreate, FileAccess.Write).Dispose();
            }
        }

        foreach (JsonNode? space in spec["linux"]!["namespaces"]!.AsArray())
        {
            _ = space!.AsObject().Remove("path");
        }

        File.WriteAllText(Path.Combine(directory, "config.json"), spec.ToJsonString());
        return new Bundle(directory);
    }

    public Command Run(string runtime, string id) => Call(Command.Of(runtime), "run", id);

    /// <summary><c>run</c> or <c>create</c> by a runtime that is called with more than its path.</summary>
    public Command Call(Command runtime, string step, string id) => runtime.With(step, "--bundle", directory, id);

    private static bool IsBind(JsonNode mount) =>
        (string?)mount["type"] == "bind" || (mount["options"] is JsonArray options && options.Any(o => (string?)o is "bind" or "rbind"));

    private static void Harden(JsonObject spec, Hardening hardening, string directory)
    {
        JsonObject linux = spec["linux"]!.AsObject();
        linux["namespaces"]!.AsArray().Add(new JsonObject { ["type"] = "user" });
        foreach (string map in new[] { "uidMappings", "gidMappings" })
        {
            linux[map] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = 1_000_000, ["size"] = 65_536 });
        }

        JsonObject resources = linux["resources"]?.AsObject() ?? [];
        resources["memory"] = new JsonObject { ["limit"] = 256L << 20 };
        resources["pids"] = new JsonObject { ["limit"] = 512 };
        resources["cpu"] = new JsonObject { ["shares"] = 512, ["quota"] = 100_000, ["period"] = 100_000 };
        linux["resources"] = resources;
        if (hardening == Hardening.HardenedPrecompiled)
        {
            JsonObject annotations = spec["annotations"]?.AsObject() ?? [];
            annotations["run.oci.seccomp_bpf_data"] = SeccompProfile.AsFilter(directory);
            spec["annotations"] = annotations;
        }
        else
        {
            linux["seccomp"] = SeccompProfile.AsSpec();
        }
    }
}
