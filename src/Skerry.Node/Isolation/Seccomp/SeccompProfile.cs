using System.Globalization;
using System.Text.Json;
using Skerry.Linux;

namespace Skerry.Node.Isolation.Seccomp;

/// <summary>One group of calls in the node's own profile.</summary>
/// <param name="Group">Its name.</param>
/// <param name="Why">One sentence.</param>
/// <param name="Calls">Names of system calls.</param>
/// <param name="Capability">Only with this capability; null: always.</param>
/// <param name="Alternatives">Conditions: one of the inner lists must hold as a whole; empty: no condition.</param>
internal sealed record SeccompGroup(string Group, string Why, IReadOnlyList<string> Calls, string? Capability, IReadOnlyList<IReadOnlyList<SeccompCompare>> Alternatives)
{
    /// <summary>The conditions as they are written, for people.</summary>
    public IReadOnlyList<string> Conditions { get; init; } = [];
}

/// <summary>
/// The node's own profile (default.json, docs/formats/seccomp.md): groups of calls with the reason for each. What must
/// hold: every call of the table is in a group that allows or refuses it, so that a new call is a decision.
/// </summary>
internal sealed class SeccompProfile
{
    private SeccompProfile(JsonElement root)
    {
        Name = root.GetProperty("name").GetString()!;
        Why = root.GetProperty("why").GetString()!;
        Default = ReadErrno(root.GetProperty("default"));
        DefaultWhy = root.GetProperty("default").GetProperty("why").GetString()!;
        Newer = ReadErrno(root.GetProperty("newer"));
        NewerWhy = root.GetProperty("newer").GetProperty("why").GetString()!;
        ForeignWhy = root.GetProperty("foreign").GetProperty("why").GetString()!;
        Allow = [.. root.GetProperty("allow").EnumerateArray().Select(ReadGroup)];
        Refuse = [.. root.GetProperty("refuse").EnumerateArray().Select(g => (ReadGroup(g), ReadErrno(g)))];
    }

    public string Name { get; }

    public string Why { get; }

    public Errno Default { get; }

    public string DefaultWhy { get; }

    public Errno Newer { get; }

    public string NewerWhy { get; }

    public string ForeignWhy { get; }

    public IReadOnlyList<SeccompGroup> Allow { get; }

    public IReadOnlyList<(SeccompGroup Group, Errno Error)> Refuse { get; }

    /// <summary>The embedded profile.</summary>
    public static SeccompProfile Own { get; } = Parse(SeccompResource.Read("default.json"));

    /// <summary>Reads the profile's JSON.</summary>
    public static SeccompProfile Parse(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return new(document.RootElement);
    }

    /// <summary>What each call gets with these capabilities.</summary>
    public SeccompFilter Resolve(IReadOnlyCollection<string> capabilities)
    {
        var filter = new SeccompFilter { Default = SeccompAction.Errno(Default), Newer = SeccompAction.Errno(Newer) };
        foreach (var group in Allow.Where(g => g.Capability is null || capabilities.Contains(g.Capability, StringComparer.Ordinal)))
        {
            foreach (var call in group.Calls)
            {
                if (group.Alternatives.Count == 0)
                    filter.Add(call, new(SeccompAction.Allow, []));
                foreach (var conditions in group.Alternatives)
                    filter.Add(call, new(SeccompAction.Allow, conditions));
            }
        }

        foreach (var (group, error) in Refuse.Where(r => r.Error != Default))
        {
            foreach (var call in group.Calls)
                filter.SetOtherwise(call, SeccompAction.Errno(error));
        }

        return filter;
    }

    private static Errno ReadErrno(JsonElement element) => Enum.Parse<Errno>(element.GetProperty("errno").GetString()!);

    private static SeccompGroup ReadGroup(JsonElement element)
    {
        List<IReadOnlyList<SeccompCompare>> alternatives = [];
        List<string> written = [];
        if (element.TryGetProperty("args", out var args))
        {
            alternatives.Add([]);
            foreach (var arg in args.EnumerateArray())
            {
                var index = arg.GetProperty("index").GetInt32();
                List<SeccompCompare> choices = [];
                if (arg.TryGetProperty("in", out var set))
                    choices.AddRange(set.EnumerateArray().Select(v => SeccompCompare.Equal32(index, (uint)Number(v))));
                else if (arg.TryGetProperty("notIn", out var without))
                    choices.Add(SeccompCompare.NotIn32(index, [.. without.EnumerateArray().Select(v => (uint)Number(v))]));
                else
                    choices.Add(new(index, SeccompOp.MaskedEqual, Number(arg.GetProperty("equals")), Number(arg.GetProperty("mask"))));
                alternatives = [.. alternatives.SelectMany(_ => choices, (so, choice) => (IReadOnlyList<SeccompCompare>)[.. so, choice])];
                written.Add(Text(index, arg));
            }
        }

        return new(
            element.GetProperty("group").GetString()!,
            element.GetProperty("why").GetString()!,
            [.. element.GetProperty("syscalls").EnumerateArray().Select(s => s.GetString()!)],
            element.TryGetProperty("capability", out var capability) ? capability.GetString() : null,
            alternatives)
        { Conditions = written };
    }

    private static string Text(int index, JsonElement arg)
    {
        if (arg.TryGetProperty("in", out var set))
            return $"argument {index} is one of {List(set)}";
        return arg.TryGetProperty("notIn", out var without)
            ? $"argument {index} is none of {List(without)}"
            : $"argument {index} masked with {arg.GetProperty("mask").GetString()} is {arg.GetProperty("equals").GetString()}";

        static string List(JsonElement values) => string.Join(", ", values.EnumerateArray().Select(v => v.GetString()));
    }

    private static ulong Number(JsonElement element)
    {
        var text = element.GetString()!;
        return text.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : ulong.Parse(text, CultureInfo.InvariantCulture);
    }
}
