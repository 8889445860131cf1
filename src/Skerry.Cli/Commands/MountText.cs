using System.Globalization;
using Skerry.Cli.CommandLine;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary>Mounts as docker writes them: <c>-v</c>, <c>--mount</c>, <c>--tmpfs</c>.</summary>
internal static class MountText
{
    private static readonly string[] Propagations = ["private", "rprivate", "slave", "rslave", "shared", "rshared"];

    /// <summary><c>SRC:DST[:OPTIONS]</c>; a source without a slash names a volume, <c>DST</c> alone a volume without a name.</summary>
    internal static Mount Volume(string text)
    {
        var parts = text.Split(':');
        if (parts.Length > 3)
        {
            throw new FormatException("write SRC:DST[:ro]");
        }

        var mount = new Mount { Type = Contracts.Node.V1.Mount.Types.Type.Volume, Destination = Destination(parts.Length == 1 ? parts[0] : parts[1]) };
        if (parts.Length > 1)
        {
            Source(mount, parts[0], bind: parts[0].Contains('/', StringComparison.Ordinal) || parts[0] is "." or "..");
        }

        foreach (var option in parts.Length == 3 ? parts[2].Split(',') : [])
        {
            if (option is "ro" or "readonly")
            {
                mount.ReadOnly = true;
            }
            else if (Array.IndexOf(Propagations, option) >= 0)
            {
                mount.Propagation = option;
            }
            else if (option is not "rw")
            {
                throw new FormatException($"no such option: {option}; known are ro, rw, {string.Join(", ", Propagations)}");
            }
        }

        return mount;
    }

    /// <summary><c>type=bind,src=…,dst=…[,readonly]</c>.</summary>
    internal static Mount Mount(string text)
    {
        var mount = new Mount { Type = Contracts.Node.V1.Mount.Types.Type.Volume };
        var source = "";
        foreach (var part in text.Split(','))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var value = equals < 0 ? "true" : part[(equals + 1)..];
            switch (equals < 0 ? part : part[..equals])
            {
                case "type":
                    mount.Type = value switch
                    {
                        "bind" => Contracts.Node.V1.Mount.Types.Type.Bind,
                        "volume" => Contracts.Node.V1.Mount.Types.Type.Volume,
                        "tmpfs" => Contracts.Node.V1.Mount.Types.Type.Tmpfs,
                        _ => throw new FormatException($"no such type: {value}; known are bind, volume, tmpfs"),
                    };
                    break;
                case "src" or "source":
                    source = value;
                    break;
                case "dst" or "destination" or "target":
                    mount.Destination = Destination(value);
                    break;
                case "ro" or "readonly":
                    mount.ReadOnly = value is "true" or "1";
                    break;
                case "bind-propagation" when Array.IndexOf(Propagations, value) >= 0:
                    mount.Propagation = value;
                    break;
                case "tmpfs-size":
                    mount.SizeBytes = Units.Bytes(value);
                    break;
                case "tmpfs-mode":
                    mount.Mode = Mode(value);
                    break;
                default:
                    throw new FormatException($"{part} is not known; write type=bind|volume|tmpfs,src=…,dst=…[,readonly][,tmpfs-size=…]");
            }
        }

        if (mount.Destination.Length == 0)
        {
            throw new FormatException("dst is missing");
        }

        if (mount.Type == Contracts.Node.V1.Mount.Types.Type.Bind && source.Length == 0)
        {
            throw new FormatException("a bind mount needs src");
        }

        if (mount.Type == Contracts.Node.V1.Mount.Types.Type.Tmpfs ? source.Length > 0 : mount.SizeBytes != 0 || mount.Mode != 0)
        {
            throw new FormatException(source.Length > 0 ? "tmpfs has no src" : "tmpfs-size and tmpfs-mode are for type=tmpfs");
        }

        if (source.Length > 0)
        {
            Source(mount, source, mount.Type == Contracts.Node.V1.Mount.Types.Type.Bind);
        }

        return mount;
    }

    /// <summary><c>DST[:size=64Mi,mode=1777,ro]</c>.</summary>
    internal static Mount Tmpfs(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var mount = new Mount
        {
            Type = Contracts.Node.V1.Mount.Types.Type.Tmpfs,
            Destination = Destination(colon < 0 ? text : text[..colon]),
        };
        foreach (var option in colon < 0 ? [] : text[(colon + 1)..].Split(','))
        {
            if (option.StartsWith("size=", StringComparison.Ordinal))
            {
                mount.SizeBytes = Units.Bytes(option["size=".Length..]);
            }
            else if (option.StartsWith("mode=", StringComparison.Ordinal))
            {
                mount.Mode = Mode(option["mode=".Length..]);
            }
            else if (option == "ro")
            {
                mount.ReadOnly = true;
            }
            else if (option is not ("rw" or "noexec" or "nosuid" or "nodev"))
            {
                throw new FormatException($"no such option: {option}; known are size=, mode=, ro, rw, noexec, nosuid, nodev");
            }
        }

        return mount;
    }

    private static void Source(Mount mount, string source, bool bind)
    {
        if (source.Length == 0)
        {
            throw new FormatException("the source is empty");
        }

        mount.Type = bind ? Contracts.Node.V1.Mount.Types.Type.Bind : Contracts.Node.V1.Mount.Types.Type.Volume;

        // The node resolves paths, and its working directory is not this one.
        mount.Source = bind ? Path.GetFullPath(source) : source;
    }

    private static string Destination(string path) => path.StartsWith('/')
        ? path
        : throw new FormatException(path.Length == 0 ? "the destination is empty" : $"the destination {path} is no absolute path");

    private static uint Mode(string text)
    {
        var mode = 0u;
        foreach (var digit in text)
        {
            mode = digit is >= '0' and <= '7' && mode <= 4095 / 8 ? (mode * 8) + (uint)(digit - '0') : throw new FormatException($"{text.ToString(CultureInfo.InvariantCulture)} is no octal mode");
        }

        return text.Length > 0 ? mode : throw new FormatException("the mode is empty");
    }
}
