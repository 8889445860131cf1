using System.Numerics;
using Skerry.Guard.Alerts;
using Skerry.Guard.Rules;
using Tomlyn.Model;

namespace Skerry.Node.Configuration;

/// <summary>Reads [guard].</summary>
internal static class GuardConfiguration
{
    private static readonly string[] Priorities = ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"];

    /// <summary>Applies one key.</summary>
    /// <exception cref="ConfigurationException">It is not known, or its value is not allowed.</exception>
    internal static GuardOptions Apply(GuardOptions options, string key, object? value, string place) => key switch
    {
        "guard.enabled" => options with { Enabled = NodeConfiguration.Flag(value, key, place) },
        "guard.rules" => options with { RuleFiles = NodeConfiguration.Texts(value, key, place) },
        "guard.policies" => options with { Policies = [.. NodeConfiguration.Texts(value, key, place).Select(p => NodeConfiguration.OneOf(p, key, place, [.. BuiltInPolicies.Names]))] },
        "guard.builtin_rules" => options with { BuiltInRules = NodeConfiguration.Flag(value, key, place) },
        "guard.all_rules" => options with { MatchesAll = NodeConfiguration.Flag(value, key, place) },
        "guard.priority" => options with { Priority = NodeConfiguration.OneOf(value, key, place, Priorities) },
        "guard.file" => options with { AlertFile = NodeConfiguration.Text(value, key, place) },
        "guard.file_max" => options with { AlertFileMax = Sized(value, key, place, 64 << 10) },
        "guard.log" => options with { Log = NodeConfiguration.Flag(value, key, place) },
        "guard.http" => options with { HttpAddress = Address(value, key, place) },
        "guard.falco" => options with
        {
            Falco = FalcoAddress.Parse(NodeConfiguration.Text(value, key, place))
                ?? throw new ConfigurationException($"{place}: '{key}' takes an address as http://127.0.0.1:2802/SECRET, of this machine alone and with a secret of {FalcoAddress.LeastSecret} characters or more: whoever posts there can have containers killed"),
        },
        "guard.ring" => options with { Ring = Ring(value, key, place) },
        "guard.rate" => options with { RateLimit = NodeConfiguration.Number(value, key, place, 0, 10_000_000) },
        "guard.kernel_kill" => options with { KernelKills = [.. NodeConfiguration.Texts(value, key, place).Select(k => NodeConfiguration.OneOf(k, key, place, "drift", "nameless"))] },
        "guard.dry_run" => options with { DryRun = NodeConfiguration.Flag(value, key, place) },
        "guard.cooldown" => options with { CooldownSeconds = (int)NodeConfiguration.Number(value, key, place, 0, 86400) },
        "guard.deny_fallback" => options with { RefusesDeny = NodeConfiguration.OneOf(value, key, place, "kill", "refuse") == "refuse" },
        "guard.responses_a_minute" => options with { ResponsesAMinute = NodeConfiguration.Number(value, key, place, 0, 1_000_000) },
        "guard.quarantine_freezes" => options with { QuarantineFreezes = NodeConfiguration.Flag(value, key, place) },
        "guard.capture_seconds" => options with { CaptureSeconds = (int)NodeConfiguration.Number(value, key, place, 1, 3600) },
        "guard.capture_quota" => options with { CaptureQuota = Sized(value, key, place, 1 << 20) },
        "guard.hooks" => options with { Hooks = Hooks(value, key, place) },
        "guard.hook_seconds" => options with { HookSeconds = (int)NodeConfiguration.Number(value, key, place, 1, 300) },
        "guard.canary" => options with { CanarySeconds = (int)NodeConfiguration.Number(value, key, place, 0, 86400) },
        "guard.append_output" => options with { Additions = AppendOutput.Read(value, key, place) },
        "guard.responses" => options with { Responses = Responses(value, key, place) },
        _ => throw new ConfigurationException($"{place}: unknown key '{key}'; deploy/skerry.toml shows every key"),
    };

    private static Dictionary<string, IReadOnlyList<string>> Responses(object? value, string key, string place)
    {
        if (value is not TomlTable table)
        {
            throw new ConfigurationException($"{place}: '{key}' takes a table: \"RULE\" = \"kill\", \"tag:TAG\" = \"pause\", or \"RULE\" = [\"kill\", \"capture\"]");
        }

        return table.ToDictionary(static e => e.Key, e => Response(e.Value, $"{key}.{e.Key}", place), StringComparer.Ordinal);
    }

    private static IReadOnlyList<string> Response(object? value, string key, string place)
    {
        var words = value is string one ? [one] : NodeConfiguration.Texts(value, key, place);
        if (words.Select(AnswerWords.Refute).FirstOrDefault(static why => why is not null) is { } wrong)
        {
            throw new ConfigurationException($"{place}: '{key}': {wrong}");
        }

        string[] main = [.. words.Where(static w => AnswerWords.Actions.Contains(w, StringComparer.Ordinal))];
        return main.Length <= 1 ? words : throw new ConfigurationException($"{place}: '{key}': {string.Join(" and ", main)} exclude each other; \"{AnswerWords.Capture}\" and hooks go with any of them");
    }

    private static Dictionary<string, string> Hooks(object? value, string key, string place) => value is TomlTable table
        ? table.ToDictionary(static e => e.Key, e => NodeConfiguration.AbsolutePath(e.Value, $"{key}.{e.Key}", place), StringComparer.Ordinal)
        : throw new ConfigurationException($"{place}: '{key}' takes a table: NAME = \"/absolute/path\"");

    private static string Address(object? value, string key, string place)
    {
        var text = NodeConfiguration.Text(value, key, place);
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? text
            : throw new ConfigurationException($"{place}: '{key}' takes an address as http://127.0.0.1:2801/");
    }

    private static long Ring(object? value, string key, string place)
    {
        const long Most = 256 << 20;
        var bytes = Sized(value, key, place, 64 << 10);
        return bytes <= Most && BitOperations.IsPow2(bytes) ? bytes : throw new ConfigurationException($"{place}: '{key}' takes a power of two from 64Ki to 256Mi");
    }

    private static long Sized(object? value, string key, string place, long least)
    {
        var bytes = NodeConfiguration.Bytes(value, key, place);
        return bytes >= least ? bytes : throw new ConfigurationException($"{place}: '{key}' takes at least {least} bytes");
    }
}
