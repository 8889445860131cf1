using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Skerry.Linux;
using Skerry.Linux.Processes;

namespace Skerry.Node.Network.Cni;

/// <summary>
/// Runs CNI plugins (CNI spec 1.0.0, section 2): configuration on standard input, parameters in the environment, result or error on
/// standard output. A plugin may hang, print garbage or print without end; it is bounded and killed with all it started.
/// </summary>
internal sealed class CniPlugin(IReadOnlyList<string> directories, TimeSpan timeout)
{
    private const int OutputLimit = 1 << 20;
    private const int ErrorLimit = 16 << 10;
    private const int LockDescriptor = 3;
    private readonly string _path = string.Join(':', directories);

    /// <summary>The plugin's file.</summary>
    /// <exception cref="NetworkException">It is in none of the directories.</exception>
    internal string Find(string type)
    {
        foreach (var directory in directories)
        {
            var file = Path.Combine(directory, type);
            if (File.Exists(file))
            {
                return file;
            }
        }

        throw new NetworkException(
            NetworkFault.Missing,
            $"CNI plugin '{type}' is not in {string.Join(" or ", directories)}",
            "install it (Debian: apt install containernetworking-plugins)") { Plugin = type };
    }

    /// <summary>Calls a plugin and gives what it printed.</summary>
    /// <exception cref="NetworkException">It is missing, failed, hung, or printed too much.</exception>
    internal byte[] Run(string command, string type, CniCall call, byte[] config, CancellationToken cancellation)
    {
        var file = Find(type);
        var request = new SpawnRequest
        {
            Path = file,
            Environment =
            [
                .. SpawnRequest.DefaultEnvironment,
                $"CNI_COMMAND={command}",
                $"CNI_CONTAINERID={call.ContainerId}",
                $"CNI_NETNS={call.NamespacePath}",
                $"CNI_IFNAME={call.Interface}",
                $"CNI_ARGS={call.Arguments}",
                $"CNI_PATH={_path}",
            ],
            WorkingDirectory = "/",
            Descriptors = [(LockDescriptor, call.Lock)],
        };
        BoundedRunResult result;
        try
        {
            result = BoundedRun.Run(request, config, OutputLimit, ErrorLimit, timeout, cancellation);
        }
        catch (LinuxException error)
        {
            throw new NetworkException(
                NetworkFault.Failed, $"CNI plugin {type} {command} for pod {call.ContainerId}: {error.Message}", $"check that {file} is an executable program", error) { Plugin = type };
        }

        switch (result.End)
        {
            case BoundedRunEnd.Exited when result.ExitCode == 0:
                return result.Output;
            case BoundedRunEnd.Exited:
                throw Refusal(command, type, call, result);
            case BoundedRunEnd.Cancelled:
                throw new OperationCanceledException($"CNI plugin {type} {command} for pod {call.ContainerId} was cancelled", cancellation);
            case BoundedRunEnd.TimedOut:
                throw new NetworkException(
                    NetworkFault.TimedOut,
                    string.Create(CultureInfo.InvariantCulture, $"CNI plugin {type} {command} for pod {call.ContainerId} did not end within {timeout.TotalSeconds:0.#} s and was killed{Said(result)}"),
                    "try again; if it hangs again, run the plugin by hand to see where") { Plugin = type };
            default:
                throw new NetworkException(
                    NetworkFault.Failed,
                    $"CNI plugin {type} {command} for pod {call.ContainerId} printed more than {OutputLimit} bytes and was killed",
                    $"{file} is not a CNI plugin, or is broken: install it again") { Plugin = type };
        }
    }

    private static NetworkException Refusal(string command, string type, CniCall call, BoundedRunResult result)
    {
        int? code = null;
        string reason;
        try
        {
            var body = JsonNode.Parse(result.Output, documentOptions: new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false }) as JsonObject;
            code = body?["code"] is JsonValue number && number.TryGetValue<int>(out var value) ? value : null;
            var message = body?["msg"] is JsonValue text && text.TryGetValue<string>(out var said) ? said : string.Empty;
            var details = body?["details"] is JsonValue more && more.TryGetValue<string>(out var detail) ? detail : string.Empty;
            reason = Printable(details.Length == 0 ? message : $"{message} ({details})");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            reason = string.Empty; // not the spec's error: what it printed is told as it is
        }

        if (reason.Length == 0)
        {
            reason = $"exit code {result.ExitCode}{Said(result)}";
        }

        var codeText = code is { } known ? string.Create(CultureInfo.InvariantCulture, $" (code {known})") : string.Empty;
        return new NetworkException(
            NetworkFault.Failed, $"CNI plugin {type} {command} for pod {call.ContainerId}: {reason}{codeText}", Advice(code)) { Plugin = type, Code = code };
    }

    /// <summary>The codes of CNI spec 1.0.0, section 5 "Error".</summary>
    private static string Advice(int? code) => code switch
    {
        1 => "install plugins that know the configuration's cniVersion, or lower it",
        2 => "remove the field from the network's configuration, or install plugins that know it",
        7 => "correct the network's configuration",
        11 => "try again later, as the plugin asks",
        _ => "see what the plugin says; `skerry doctor` checks what it needs",
    };

    private static string Said(BoundedRunResult result)
    {
        var text = Printable(Encoding.UTF8.GetString(result.Error.Length > 0 ? result.Error : result.Output.AsSpan(0, Math.Min(result.Output.Length, ErrorLimit))));
        return text.Length == 0 ? "; it said nothing" : $"; it said: {text}";
    }

    /// <summary>One line without control characters, at most 500 characters: it goes to terminals and logs.</summary>
    private static string Printable(string text)
    {
        var line = new StringBuilder();
        foreach (var character in text.AsSpan().Trim())
        {
            if (line.Length >= 500)
            {
                line.Append('…');
                break;
            }

            line.Append(char.IsControl(character) ? ' ' : character);
        }

        return line.ToString();
    }
}
