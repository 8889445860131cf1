using Skerry.Cli.CommandLine;
using Skerry.Linux;
using Skerry.Linux.Processes;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry oci …</c>: becomes the OCI runtime that stands beside this program.</summary>
internal static class OciCommand
{
    internal const string RuntimeName = "skerry-runtime";

    internal static Command Table() => new("oci", "be an OCI runtime, for podman, containerd and docker")
    {
        Operands = "create|start|state|kill|delete|… [ARGUMENT…]",
        PassesAll = true,
        MaxOperands = int.MaxValue,
        Notes = "Everything after `oci` goes to skerry-runtime, which also works under its own name.",
        Examples =
        [
            ("skerry oci --version", "which runtime answers"),
            ("podman --runtime /usr/bin/skerry-runtime run --rm alpine:3 true", "podman with Skerry as its runtime"),
        ],
        Run = static invocation => Become(invocation.Operands),
    };

    /// <summary>Returns only by throwing.</summary>
    internal static int Become(IReadOnlyList<string> arguments)
    {
        // This program's own file, also where it was called through a symbolic link or another name.
        var directory = Path.GetDirectoryName(Environment.ProcessPath) ?? "/";
        var path = Path.Combine(directory, RuntimeName);
        if (File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName is { } target && target == Environment.ProcessPath)
        {
            throw new CliFailure($"{path} is a link to this program, not the OCI runtime", "install skerry-runtime beside skerry", ExitCodes.CannotInvoke);
        }

        var refusal = Exec.Replace(path, [RuntimeName, .. arguments]);
        throw new CliFailure(
            refusal.Error == Errno.ENOENT ? $"the OCI runtime is not beside this program: {path} does not exist" : refusal.Message,
            "install skerry-runtime beside skerry",
            refusal.Error == Errno.ENOENT ? ExitCodes.NotFound : ExitCodes.CannotInvoke,
            refusal);
    }
}
