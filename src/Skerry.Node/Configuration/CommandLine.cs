namespace Skerry.Node.Configuration;

/// <summary>skerryd's own flags; everything else is in the configuration file.</summary>
internal sealed record CommandLine
{
    internal const string Usage =
        """
        Usage: skerryd [--root DIR] [--run DIR] [--config FILE] [--address unix:///PATH]

        The node daemon of Skerry, in the foreground.

          --root DIR      what survives a reboot: images, journal, volumes (default /var/lib/skerry)
          --run DIR       sockets, bundles, state of this boot (default /run/skerry)
          --config FILE   configuration (default /etc/skerry/skerry.toml, if it is there)
          --address ADDR  socket of the API (default unix://RUN/node.sock)
          --version       print the version
          --help          print this

        Example: skerryd --root /tmp/s/root --run /tmp/s/run     a private node beside the machine's own
        """;

    /// <summary>--root.</summary>
    public string? Root { get; init; }

    /// <summary>--run.</summary>
    public string? Run { get; init; }

    /// <summary>--config.</summary>
    public string? Config { get; init; }

    /// <summary>--address.</summary>
    public string? Address { get; init; }

    /// <summary>--version.</summary>
    public bool Version { get; init; }

    /// <summary>--help.</summary>
    public bool Help { get; init; }

    /// <summary>Parses the arguments.</summary>
    /// <exception cref="ConfigurationException">An unknown flag, or a flag without its value.</exception>
    internal static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var parsed = new CommandLine();
        for (var i = 0; i < arguments.Count; i++)
        {
            var (flag, value) = (arguments[i], (string?)null);
            if (flag.IndexOf('=', StringComparison.Ordinal) is var equals and > 0)
            {
                (flag, value) = (flag[..equals], flag[(equals + 1)..]);
            }

            string Value() => (value ?? (i + 1 < arguments.Count ? arguments[++i] : string.Empty)) is { Length: > 0 } said ? said : throw new ConfigurationException($"{flag} needs a value");
            parsed = flag switch
            {
                "--root" => parsed with { Root = Path.GetFullPath(Value()) },
                "--run" => parsed with { Run = Path.GetFullPath(Value()) },
                "--config" => parsed with { Config = Path.GetFullPath(Value()) },
                "--address" => parsed with { Address = Value() },
                "--version" or "-V" => parsed with { Version = true },
                "--help" or "-h" => parsed with { Help = true },
                _ => throw new ConfigurationException($"unknown argument '{arguments[i]}'"),
            };
        }

        return parsed;
    }
}
