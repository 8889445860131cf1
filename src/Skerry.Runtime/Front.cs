using System.Globalization;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Mounts;
using Skerry.Linux.Processes;
using Skerry.Linux.Terminals;
using Skerry.Runtime.Beneath;
using Skerry.Runtime.Bundles;
using Skerry.Runtime.Cgroups;
using Skerry.Runtime.CommandLine;
using Skerry.Runtime.Features;
using Skerry.Runtime.Output;

namespace Skerry.Runtime;

/// <summary>
/// One call of the OCI runtime command line, from its arguments to the runtime beneath.
/// <list type="number">
/// <item>Refuse what is not a call: unknown options, an id that is no name.</item>
/// <item>Find the runtime: the one that made the container, else the one that works here.</item>
/// <item>For a new container, read the bundle and decide what is corrected; the bundle itself is never written.</item>
/// <item>Cover the unified hierarchy where that runtime needs it.</item>
/// <item>Become it, or, where a step may fail with a message that needs its context, start it and wait.</item>
/// </list>
/// </summary>
internal static class Front
{
    /// <summary>Ends the call with an exit code; where this program becomes the runtime beneath it does not return.</summary>
    internal static int Run(Invocation call)
    {
        // 1.
        if (call.Global.ContainsKey("version") || call.Global.ContainsKey("v"))
        {
            return Print(Texts.Version(Choice(call)));
        }

        if (call.Command.Length == 0)
        {
            return Print(Texts.Usage, call.Global.ContainsKey("help") || call.Global.ContainsKey("h") ? 0 : 2);
        }

        if (call.Command is "checkpoint" or "restore")
        {
            throw new RefusedException(
                $"not supported: Skerry does not hand a running container's memory to criu, since an image of it is neither verified nor sealed. Stop the container and start it anew");
        }

        if (OptionTable.TakesId(call.Command))
        {
            ContainerId.Check(call.Id ?? throw new RefusedException("the container id is missing"));
        }

        // 2.
        var root = Root(call);
        var choice = Choice(call);
        switch (call.Command)
        {
            case "list":
                return Listing.Run(call, choice, root);
            case "features":
                return Print(FeaturesDocument.Of(choice.ForNew()));
            case "spec":
                return Become(choice.ForNew(), [.. Arguments.Of(call, choice.ForNew(), root)], 0, null);
            case "create" or "run":
                return Make(call, choice, root);
            default:
                return Existing(call, choice, root);
        }
    }

    private static int Make(Invocation call, RuntimeChoice choice, string root)
    {
        var id = call.Id!;
        if (choice.ForExisting(id) is { } owner)
        {
            throw new RefusedException($"container with given ID already exists, in {owner.StateRoot(root)}");
        }

        var passed = Passed(call);

        // 3.
        var asked = call.Value("bundle", "b") ?? ".";
        var bundle = asked.Length > 0 ? Path.GetFullPath(asked) : throw new RefusedException("--bundle needs a directory");
        var config = BundleConfig.Read(bundle, call.Value("config", "f"));
        var runtime = choice.ForNew();
        if (runtime.NeedsCoveredUnified && !config.HasMountNamespace)
        {
            // The container is to be in the caller's mount namespace, which the one with the covered hierarchy is not.
            runtime = choice.Uncovered(runtime.Kind) ?? throw new RefusedException(
                $"{config.Path} asks for the caller's mount namespace, which {runtime.Title} cannot give on a host with both cgroup versions; install runc");
        }

        if (config.RootPath is { } rootfs && Path.Combine(bundle, rootfs) is var found && Directory.Exists(found) && KernelMountPoints.NotADirectory(found) is { } misplaced)
        {
            throw new RefusedException($"{misplaced} of the root file system is a link or a file where the kernel's own file system belongs, which would lead {runtime.Title} elsewhere");
        }

        var edits = Hardening.Of(FrontOptions.Load(), config.Annotations, OciVersion.ToWrite(config, runtime));
        using var corrected = edits.IsEmpty ? null : MemoryFile.Create("skerry-config", config.With(edits));
        if (corrected is not null && runtime.Kind != "crun")
        {
            throw new RefusedException($"the bundle needs a corrected config.json (harden), which {runtime.Title} cannot be given; use crun");
        }

        Directory.CreateDirectory(runtime.StateRoot(root), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var arguments = Arguments.Of(call, runtime, root, corrected is null ? null : corrected.ProcPath);

        // 4. and 5. A foreground run may last for years: nothing of ours stays resident for it.
        Cover(runtime);
        return call.Command == "run" && !call.Has("detach", "d")
            ? Become(runtime, arguments, passed, corrected)
            : Wait(call, runtime, arguments, passed, corrected);
    }

    private static int Existing(Invocation call, RuntimeChoice choice, string root)
    {
        var id = call.Id!;
        if (choice.ForExisting(id) is not { } runtime)
        {
            // runc(8): --force ignores a container that is not there. The words "does not exist" are what engines look for.
            return call.Command == "delete" && call.Has("force", "f")
                ? 0
                : throw new RefusedException($"container does not exist: nothing of that id is below {root}");
        }

        if (runtime.Refusal.Length > 0)
        {
            throw new RefusedException($"{runtime.Title} cannot be used: {runtime.Refusal}");
        }

        if (call.Command == "events" && runtime.Kind == "crun")
        {
            return Events.Run(call, runtime, root);
        }

        var passed = call.Command == "exec" ? Passed(call) : 0;
        var arguments = Arguments.Of(call, runtime, root);
        Cover(runtime);
        return call.Command is "exec" or "ps" or "events" or "state"
            ? Become(runtime, arguments, passed, null)
            : Wait(call, runtime, arguments, passed, null);
    }

    private static void Cover(RuntimeBeneath runtime)
    {
        if (runtime.NeedsCoveredUnified)
        {
            UnifiedView.Enter();
        }
    }

    private static int Become(RuntimeBeneath runtime, IReadOnlyList<string> arguments, int passed, FileDescriptor? also)
    {
        Inheritance.StopFrom(3 + passed);
        if (also is not null)
        {
            Inheritance.Pass(also);
        }

        throw Exec.Replace(runtime.Path, [runtime.Kind, .. arguments]);
    }

    private static int Wait(Invocation call, RuntimeBeneath runtime, IReadOnlyList<string> arguments, int passed, FileDescriptor? also)
    {
        var report = new Report(call.Global.GetValueOrDefault("log"), call.Global.GetValueOrDefault("log-format") == "json");
        var start = report.LogLength;
        var code = Child.Run(runtime, arguments, passed, also);
        if (code != 0)
        {
            report.FailedBeneath(call.Command, call.Id, runtime.Title, code, start);
        }

        return code;
    }

    private static int Passed(Invocation call)
    {
        var asked = call.Value("preserve-fds") ?? "0";
        if (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > 1024)
        {
            throw new RefusedException($"--preserve-fds {asked}: give a number from 0 to 1024");
        }

        // sd_listen_fds(3): the sockets of the activation come first.
        _ = int.TryParse(Environment.GetEnvironmentVariable("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var sockets);
        return count + Math.Clamp(sockets, 0, 1024);
    }

    private static RuntimeChoice Choice(Invocation call) => new(Root(call), FrontOptions.Load());

    private static string Root(Invocation call)
    {
        if (call.Global.TryGetValue("root", out var root))
        {
            return root.Length > 0 ? Path.GetFullPath(root) : throw new RefusedException("--root needs a directory");
        }

        return !Environment.IsPrivilegedProcess && Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } own
            ? Path.Combine(own, "skerry-runtime")
            : "/run/skerry-runtime";
    }

    private static int Print(string text, int exitCode = 0)
    {
        StandardStream.Write(StandardStream.Out, Encoding.UTF8.GetBytes(text));
        return exitCode;
    }
}
