using System.Buffers;
using System.Text.Json;

namespace Skerry.Node.Isolation.Seccomp;

/// <summary>A filter as OCI <c>linux.seccomp</c>, for a runtime that compiles it itself (runc).</summary>
internal static class OciSeccompWriter
{
    internal static byte[] Write(SeccompFilter filter, SeccompArch arch)
    {
        var buffer = new ArrayBufferWriter<byte>(8192);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        var (name, error) = filter.Default.ToOci();
        json.WriteString("defaultAction"u8, name);
        if (error is { } number)
            json.WriteNumber("defaultErrnoRet"u8, number);
        json.WriteStartArray("architectures"u8);
        json.WriteStringValue(arch.OciName);
        json.WriteEndArray();
        json.WriteStartArray("syscalls"u8);

        // Calls with the same unconditional answer share an entry; each conditional rule is its own.
        var plain = filter.Calls
            .Where(arch.Calls.ContainsKey)
            .Select(c => (Call: c, Rules: filter.Rules.GetValueOrDefault(c) ?? []))
            .Select(c => (c.Call, Action: c.Rules is [{ Conditions.Count: 0 } only] ? only.Action : c.Rules.Count == 0 ? filter.Otherwise(c.Call) : (SeccompAction?)null))
            .ToList();
        foreach (var group in plain.Where(p => p.Action is { } a && a != filter.Default).GroupBy(p => p.Action!.Value))
            Entry(json, group.Select(p => p.Call), group.Key, []);
        foreach (var (call, _) in plain.Where(p => p.Action is null))
        {
            foreach (var rule in filter.Rules[call])
            {
                foreach (var conditions in Expand(rule.Conditions))
                    Entry(json, [call], rule.Action, conditions);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Entry(Utf8JsonWriter json, IEnumerable<string> calls, SeccompAction action, IReadOnlyList<SeccompCompare> conditions)
    {
        json.WriteStartObject();
        json.WriteStartArray("names"u8);
        foreach (var call in calls)
            json.WriteStringValue(call);
        json.WriteEndArray();
        var (name, error) = action.ToOci();
        json.WriteString("action"u8, name);
        if (error is { } number)
            json.WriteNumber("errnoRet"u8, number);
        if (conditions.Count > 0)
        {
            json.WriteStartArray("args"u8);
            foreach (var condition in conditions)
            {
                var masked = condition.Op == SeccompOp.MaskedEqual;
                json.WriteStartObject();
                json.WriteNumber("index"u8, condition.Index);
                json.WriteNumber("value"u8, masked ? condition.Mask : condition.Value);
                if (masked)
                    json.WriteNumber("valueTwo"u8, condition.Value);
                json.WriteString("op"u8, condition.Op switch
                {
                    SeccompOp.NotEqual => "SCMP_CMP_NE",
                    SeccompOp.Less => "SCMP_CMP_LT",
                    SeccompOp.LessOrEqual => "SCMP_CMP_LE",
                    SeccompOp.Equal => "SCMP_CMP_EQ",
                    SeccompOp.GreaterOrEqual => "SCMP_CMP_GE",
                    SeccompOp.Greater => "SCMP_CMP_GT",
                    _ => "SCMP_CMP_MASKED_EQ",
                });
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>
    /// OCI has no "none of these 32-bit values": the others are written as blocks of equal leading bits, each one masked
    /// comparison (as a network is split in prefixes around one address).
    /// </summary>
    private static IEnumerable<IReadOnlyList<SeccompCompare>> Expand(IReadOnlyList<SeccompCompare> conditions)
    {
        var at = -1;
        for (var i = 0; i < conditions.Count; i++)
        {
            if (conditions[i].Op == SeccompOp.NotIn32)
                at = i;
        }

        if (at < 0)
            return [conditions];
        var without = conditions[at];
        return Blocks(0, 0, without.Set).SelectMany(block => Expand([.. conditions.Take(at), new(without.Index, SeccompOp.MaskedEqual, block.Value, block.Mask), .. conditions.Skip(at + 1)]));
    }

    private static IEnumerable<(uint Value, uint Mask)> Blocks(uint value, int bits, IReadOnlyList<uint> without)
    {
        var mask = bits == 0 ? 0 : uint.MaxValue << (32 - bits);
        if (!without.Any(w => (w & mask) == value))
            return [(value, mask)];
        return bits == 32 ? [] : Blocks(value, bits + 1, without).Concat(Blocks(value | (0x80000000u >> bits), bits + 1, without));
    }
}
