using Skerry.Runtime.Beneath;

namespace Skerry.Runtime.Output;

/// <summary>What --version and --help print.</summary>
internal static class Texts
{
    /// <summary>The version of the runtime specification that bundles may name at most; newer minor versions are read too.</summary>
    internal const string Spec = "1.3.0";

    internal const string Usage =
        """
        usage: skerry-runtime [--root DIR] [--log FILE] [--log-format text|json] [--debug] [--systemd-cgroup] COMMAND [OPTION…] [ID] […]

          create   make a container from a bundle        exec     run a program in a container
          start    let a created container's process go  ps       its processes
          run      create, start, wait, delete           pause    freeze it
          state    what it is, as JSON                   resume   thaw it
          kill     send a signal                         update   change its limits
          delete   remove it                             events   its resource use, as JSON
          list     all containers below --root           features what this runtime can do, as JSON
          spec     write an example config.json

          skerry-runtime create --bundle /run/b c1 && skerry-runtime start c1
          podman --runtime /usr/bin/skerry-runtime run …        ctr run --runc-binary skerry-runtime …

        The runtime beneath is crun, else runc, whichever works here; SKERRY_OCI_RUNTIME names one. Exit codes are its own.

        """;

    /// <summary>
    /// One fact a line; engines show the first. Then what the runtime beneath says of itself: its features are this runtime's.
    /// </summary>
    internal static string Version(RuntimeChoice choice)
    {
        string beneath;
        var own = "";
        try
        {
            var runtime = choice.ForNew();
            beneath = runtime.Title;
            own = Child.Capture(runtime, ["--version"]).Output;
        }
        catch (Exception error) when (error is RefusedException or IOException or UnauthorizedAccessException)
        {
            beneath = $"none ({error.Message})";
        }

        return $"skerry-runtime version {typeof(Texts).Assembly.GetName().Version?.ToString(3)}\nspec: {Spec}\nbeneath: {beneath}\n{own}";
    }
}
