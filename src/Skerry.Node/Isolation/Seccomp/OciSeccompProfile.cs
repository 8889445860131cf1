using System.Globalization;
using System.Text.Json;

namespace Skerry.Node.Isolation.Seccomp;

/// <summary>
/// Reads a profile that a person wrote for docker, podman, Kubernetes or an OCI runtime: OCI's <c>linux.seccomp</c> or
/// docker's superset (includes, excludes, archMap). Semantics are those of crun and runc: rules equal to the default
/// are nothing, two conditions on one argument are alternatives, a rule without conditions stands for all of its call.
/// Unknown fields and values are errors: a profile that is half understood protects half.
/// </summary>
internal static class OciSeccompProfile
{
    /// <summary>Most bytes of a profile; docker's has 13 kB.</summary>
    public const int MaxBytes = 1 << 20;

    private static readonly string[] RootFields = ["defaultAction", "defaultErrnoRet", "architectures", "archMap", "syscalls", "flags", "comment", "$schema"];
    private static readonly string[] RuleFields = ["name", "names", "action", "errnoRet", "args", "comment", "includes", "excludes"];

    /// <summary>Resolves the profile for an architecture, capabilities and kernel.</summary>
    /// <exception cref="SeccompProfileException">Malformed, or asks for what this node does not do.</exception>
    public static SeccompFilter Resolve(ReadOnlyMemory<byte> json, SeccompArch arch, IReadOnlyCollection<string> capabilities, Version kernel)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            return Read(document.RootElement, arch, capabilities, kernel);
        }
        catch (JsonException error)
        {
            throw new SeccompProfileException($"not JSON: {error.Message}", "correct the file");
        }
        catch (Exception error) when (error is InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException or OverflowException)
        {
            throw new SeccompProfileException($"a field is missing or of the wrong kind: {error.Message}", "compare it with the OCI runtime specification, linux.seccomp");
        }
    }

    private static SeccompFilter Read(JsonElement root, SeccompArch arch, IReadOnlyCollection<string> capabilities, Version kernel)
    {
        Known(root, RootFields);
        if (root.TryGetProperty("architectures", out var architectures) && architectures.ValueKind == JsonValueKind.Array
            && architectures.GetArrayLength() > 0 && !architectures.EnumerateArray().Any(a => a.GetString() == arch.OciName))
            throw new SeccompProfileException($"its architectures do not include {arch.OciName}", "add it");
        var filter = new SeccompFilter { Default = Action(root, "defaultAction", "defaultErrnoRet") };
        if (!root.TryGetProperty("syscalls", out var rules) || rules.ValueKind == JsonValueKind.Null)
            return filter;
        foreach (var rule in rules.EnumerateArray())
        {
            Known(rule, RuleFields);
            if (!Applies(rule, "includes", arch, capabilities, kernel, wanted: true) || !Applies(rule, "excludes", arch, capabilities, kernel, wanted: false))
                continue;
            var action = Action(rule, "action", "errnoRet");
            if (action == filter.Default)
                continue;
            var alternatives = Conditions(rule);
            foreach (var call in Names(rule))
            {
                foreach (var conditions in alternatives)
                {
                    if (!filter.Add(call, new(action, conditions)))
                        throw new SeccompProfileException($"{call} has two different unconditional actions", "keep one");
                }
            }
        }

        return filter;
    }

    private static IEnumerable<string> Names(JsonElement rule)
    {
        if (rule.TryGetProperty("names", out var names) && names.ValueKind == JsonValueKind.Array)
            return [.. names.EnumerateArray().Select(n => n.GetString()!)];
        return rule.TryGetProperty("name", out var name) ? [name.GetString()!] : throw new SeccompProfileException("a rule names no call", "add names");
    }

    private static SeccompAction Action(JsonElement element, string field, string errnoField)
    {
        uint? number = element.TryGetProperty(errnoField, out var given) && given.ValueKind == JsonValueKind.Number ? given.GetUInt32() : null;
        if (number > 4095) // MAX_ERRNO, include/linux/err.h
            throw new SeccompProfileException($"{errnoField} {number} is above 4095", "use an error number of errno(3)");
        var name = element.GetProperty(field).GetString();
        var action = name switch
        {
            "SCMP_ACT_ALLOW" => SeccompAction.Allow,
            "SCMP_ACT_ERRNO" => SeccompAction.Errno(number ?? 1),
            "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD" => SeccompAction.KillThread,
            "SCMP_ACT_KILL_PROCESS" => SeccompAction.KillProcess,
            "SCMP_ACT_TRAP" => SeccompAction.Trap,
            "SCMP_ACT_LOG" => SeccompAction.Log,
            "SCMP_ACT_TRACE" => SeccompAction.Trace(number ?? 1),
            "SCMP_ACT_NOTIFY" => throw new SeccompProfileException("SCMP_ACT_NOTIFY needs a listener", "use another action"),
            _ => throw new SeccompProfileException($"\"{name}\" is not an action", "use SCMP_ACT_ALLOW, ERRNO, KILL_PROCESS, KILL_THREAD, TRAP, LOG or TRACE"),
        };
        return number is null || name is "SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE"
            ? action
            : throw new SeccompProfileException($"{name} has an error number", "remove it");
    }

    private static IReadOnlyList<IReadOnlyList<SeccompCompare>> Conditions(JsonElement rule)
    {
        if (!rule.TryGetProperty("args", out var args) || args.ValueKind != JsonValueKind.Array || args.GetArrayLength() == 0)
            return [[]];
        List<SeccompCompare> all = [];
        foreach (var arg in args.EnumerateArray())
        {
            var index = arg.GetProperty("index").GetInt32();
            if (index is < 0 or > 5)
                throw new SeccompProfileException($"argument {index} does not exist", "use 0 to 5");
            var value = arg.GetProperty("value").GetUInt64();
            var two = arg.TryGetProperty("valueTwo", out var second) && second.ValueKind == JsonValueKind.Number ? second.GetUInt64() : 0;
            var op = arg.GetProperty("op").GetString();
            if (op == "SCMP_CMP_MASKED_EQ" && (two & ~value) != 0)
                throw new SeccompProfileException($"valueTwo {two} has bits outside the mask {value}: it can never be equal", "correct the mask or the value");
            all.Add(op switch
            {
                "SCMP_CMP_NE" => new(index, SeccompOp.NotEqual, value),
                "SCMP_CMP_LT" => new(index, SeccompOp.Less, value),
                "SCMP_CMP_LE" => new(index, SeccompOp.LessOrEqual, value),
                "SCMP_CMP_EQ" => new(index, SeccompOp.Equal, value),
                "SCMP_CMP_GE" => new(index, SeccompOp.GreaterOrEqual, value),
                "SCMP_CMP_GT" => new(index, SeccompOp.Greater, value),
                "SCMP_CMP_MASKED_EQ" => new(index, SeccompOp.MaskedEqual, two, value),
                _ => throw new SeccompProfileException($"\"{op}\" is not a comparison", "use SCMP_CMP_EQ, NE, LT, LE, GT, GE or MASKED_EQ"),
            });
        }

        return all.Select(c => c.Index).Distinct().Count() == all.Count ? [all] : [.. all.Select(c => (IReadOnlyList<SeccompCompare>)[c])];
    }

    private static bool Applies(JsonElement rule, string field, SeccompArch arch, IReadOnlyCollection<string> capabilities, Version kernel, bool wanted)
    {
        if (!rule.TryGetProperty(field, out var filter) || filter.ValueKind != JsonValueKind.Object)
            return true;
        Known(filter, ["caps", "arches", "minKernel"]);
        var caps = List(filter, "caps");
        var arches = List(filter, "arches");
        var newEnough = !filter.TryGetProperty("minKernel", out var min) || min.GetString() is not { Length: > 0 } text
            || kernel >= Version.Parse(text.Contains('.', StringComparison.Ordinal) ? text : text + ".0");
        return wanted
            ? caps.All(c => capabilities.Contains(c, StringComparer.Ordinal)) && (arches.Count == 0 || arches.Contains(arch.GoName)) && newEnough
            : !caps.Any(c => capabilities.Contains(c, StringComparer.Ordinal)) && !arches.Contains(arch.GoName);
    }

    private static List<string> List(JsonElement element, string field) =>
        element.TryGetProperty(field, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(e => e.GetString()!)] : [];

    private static void Known(JsonElement element, string[] fields)
    {
        foreach (var property in element.EnumerateObject())
        {
            if (property.Name is "listenerPath" or "listenerMetadata")
                throw new SeccompProfileException($"{property.Name} would hand system calls to another program", "remove it");
            if (!fields.Contains(property.Name, StringComparer.Ordinal))
                throw new SeccompProfileException(string.Create(CultureInfo.InvariantCulture, $"the field \"{property.Name}\" is not known"), "remove it, or correct its name");
        }
    }
}
