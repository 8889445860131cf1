using System.Text;
using System.Text.Json;
using Skerry.Guard.Alerts;
using Skerry.Guard.Audit;
using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Fuzz;

/// <summary>The targets. Rules that are wrong give errors with a place, recordings that are wrong a <see cref="RecordFormatException"/>, files of an audit log an <see cref="AuditFormatException"/>; nothing else comes of either.</summary>
internal static class Targets
{
    private static readonly string[] Conditions =
    [
        "evt.type in (execve, execveat) and proc.name in (bash, sh) and not proc.pname = sshd",
        "(fd.name startswith /etc or fd.name pmatch (/root, \"/home/*\")) and evt.arg.flags contains O_TRUNC",
        "fd.snet in (\"10.0.0.0/8\", \"::1/128\") and fd.sport != 443 and fd.sip exists",
        "tolower(proc.args[0]) = val(proc.name) or len(getopt((proc.args[0]), \"ab:\")) > 2 or proc.cmdline regex \"a(b|c)*[0-9]{2,4}\"",
        "proc.cmdline icontains anyof (x, \"y z\") and proc.env[HOME] glob \"/h?me/[a-c]*\" and evt.rawres < -1",
    ];

    public static IReadOnlyList<Target> All { get; } =
    [
        new("rules", [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Rules"), "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)], static bytes => Load(Encoding.UTF8.GetString(bytes))),
        new("condition", [.. Conditions.Select(Encoding.UTF8.GetBytes)], static bytes => Load(Rule(Encoding.UTF8.GetString(bytes), "o"))),
        new("output", [.. new[] { "%proc.name %20fd.name %evt.arg[0] %tolower(proc.args)", "*%evt.time.iso8601%proc.env[PATH].%%" }.Select(Encoding.UTF8.GetBytes)], static bytes => Load(Rule("evt.type = openat", Encoding.UTF8.GetString(bytes)))),
        new("segment", [Recording(1), [.. Recording(1), .. Recording(40)]], Segment),
        new("content", [Content(1), Content(40)], Contents),
        new("note", [.. new[] { "", "more\n" }.Select(static more => Encoding.UTF8.GetBytes($"log.test\n5\n{TreeHash.Empty}\n{more}\n\u2014 log.test {Convert.ToBase64String(new byte[68])}\n"))], Note),
        new("bundle", [EntryBundle.Write([[]]), EntryBundle.Write([.. Enumerable.Range(0, 5).Select(Entry)])], Bundle),
    ];

    private static byte[] Entry(int number) => new AuditEntry { At = DateTimeOffset.UnixEpoch, Kind = "pod.start", Subject = AuditEntry.Values(("pod", $"p{number}"), ("image", "a\u00e9")) }.Encode();

    private static string Rule(string condition, string output) =>
        $"- rule: r\n  desc: d\n  priority: INFO\n  condition: {JsonSerializer.Serialize(condition)}\n  output: {JsonSerializer.Serialize(output)}\n";

    private static void Load(string text)
    {
        var loader = new RuleLoader(new RuleLoaderOptions { MatchesAll = true });
        var result = loader.Load("f", text);
        _ = result.ToString();
        _ = new ValidationReport([result]).Json();
        Promise(result.IsSuccessful == (result.Errors.Count == 0), "a file without errors is used");
        var evaluator = new RuleEvaluator(loader.Set);
        var writer = new AlertWriter();
        foreach (var e in Events(3))
        {
            var fired = evaluator.Judge(e).ToArray();
            Promise(fired.SequenceEqual(loader.Set.Rules.Where(r => loader.Explain(r, e).Holds)), "an explanation answers as the evaluator does");
            foreach (var rule in fired)
            {
                using var json = JsonDocument.Parse(writer.Json(rule, e, AlertId.Of(rule, e)).ToArray());
                _ = writer.Line(rule, e);
            }
        }
    }

    private static void Segment(byte[] bytes)
    {
        var reader = new SegmentReader(new MemoryStream(bytes));
        var length = 0L;
        while (reader.Next() is { } block)
        {
            length += block.Bytes.Length;
            Read(block);
        }

        Promise(length + reader.Damages.Sum(static d => d.Length) == bytes.Length, "every byte is of a block or of a damage");
    }

    private static void Note(byte[] bytes)
    {
        try
        {
            var note = SignedNote.Parse(Encoding.UTF8.GetString(bytes));
            Promise(SignedNote.Parse(note.ToString()).ToString() == note.ToString(), "a note that was read is written so that it reads alike");
            Promise(LogCheckpoint.Parse(note) is { Size: >= 0, Origin.Length: > 0 }, "a checkpoint has an origin and a size");
        }
        catch (AuditFormatException e)
        {
            Promise(e.Message.Length > 0, "an error says what is wrong");
        }
    }

    private static void Bundle(byte[] bytes)
    {
        foreach (var count in (int[])[0, 1, 5, 256])
        {
            try
            {
                var entries = EntryBundle.Read(bytes, count);
                Promise(EntryBundle.Write([.. entries.Select(static e => e.ToArray())]).AsSpan().SequenceEqual(bytes), "entries are all that a bundle has");
                foreach (var entry in entries)
                {
                    _ = AuditEntry.Parse(entry);
                }
            }
            catch (AuditFormatException e)
            {
                Promise(e.Message.Length > 0, "an error says what is wrong");
            }
        }
    }

    /// <summary>Content with right checksums: what is behind them is checked too.</summary>
    private static void Contents(byte[] content)
    {
        using var compressor = new ZstdSharp.Compressor(1);
        var stored = compressor.Wrap(content).ToArray();
        var length = BlockHead.LengthOf([], []);
        var bytes = new byte[length + stored.Length];
        stored.CopyTo(bytes, length);
        new BlockHead
        {
            HeadLength = length, StoredLength = stored.Length, RawLength = content.Length, Events = 40, FirstTime = 0, LastTime = 0, Sequence = 1, Lost = 0, Containers = [],
            ContentChecksum = Checksum.Of(stored),
        }.Write(bytes.AsSpan(0, length));
        Read(RecordBlock.Parse(bytes));
    }

    private static void Read(RecordBlock block)
    {
        try
        {
            using var writer = new BlockWriter();
            var reader = new BlockReader(block);
            var e = new KernelEvent();
            while (reader.Read(e))
            {
                writer.TryAppend(e);
            }
        }
        catch (RecordFormatException e)
        {
            Promise(e.Message.Length > 0, "an error says what is wrong");
        }
    }

    private static byte[] Recording(int events)
    {
        using var writer = new BlockWriter();
        foreach (var e in Events(events))
        {
            Promise(writer.TryAppend(e), "an event fits");
        }

        return writer.Seal(1, 0).ToArray();
    }

    private static byte[] Content(int events)
    {
        using var decompressor = new ZstdSharp.Decompressor();
        return decompressor.Unwrap(RecordBlock.Parse(Recording(events)).Stored).ToArray();
    }

    private static IEnumerable<KernelEvent> Events(int count)
    {
        var container = new ContainerFacts { Id = "abc", FullId = "abcdef", Name = "web", Labels = new Dictionary<string, Text> { ["a"] = "b" }, Mounts = [new ContainerMount("/a", "/b", "rw", true, "private")], Pod = new PodFacts { Name = "p" } };
        var parent = new ProcessFacts { Name = "nginx", Pid = 2, Arguments = ["-g"], User = new UserFacts { Uid = 5, Name = "u" } };
        for (var i = 0; i < count; i++)
        {
            var e = new KernelEvent();
            e.Begin(EventTypes.Get((i % 3) switch { 0 => "openat", 1 => "connect", _ => "execve" }));
            (e.Number, e.Timestamp, e.Result, e.HostName) = ((ulong)i, i * 1000L, i % 5 == 0 ? -2 : 3, "h");
            e.Process = new ProcessFacts { Name = "sh", Pid = 10 + i, Parent = parent, Container = container, Arguments = ["-c", "x"], Environment = ["HOME=/home/a"], StartTime = 5 };
            e.Descriptor = i % 3 == 1
                ? new DescriptorFacts { Kind = DescriptorKind.Ipv4, Server = NetworkAddress.FromBytes([10, 0, 0, 1]), ServerPort = 443, Name = "c" }
                : new DescriptorFacts { Kind = DescriptorKind.File, Name = "/etc/passwd" };
            e.SetArgument(0, i);
            e.SetArgument(1, "/etc/passwd"u8);
            yield return e;
        }
    }

    private static void Promise(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"broken: {what}");
        }
    }
}
