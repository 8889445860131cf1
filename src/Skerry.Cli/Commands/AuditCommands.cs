using System.Globalization;
using System.Text;
using Google.Protobuf;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Skerry.Guard.Audit;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry audit …</c>: what was done on the node and by whom, and that nobody changed the record of it.</summary>
internal static class AuditCommands
{
    internal static Command Table() => new("audit", "read and verify the tamper-evident log")
    {
        Children = [Show(), Verify(), AuditExport.Table(), Prove(), Key()],
    };

    private static Command Show() => new("show", "print the log's entries")
    {
        Options =
        [
            Option.Flag("follow", "go on as things happen", 'f'),
            Option.One("since", "TIME", "not before: 2026-01-31T12:00:00Z, or how long ago (10m)"),
            Option.One("tail", "N", "the last N entries only", 'n'),
            Option.Many("kind", "KIND", "only these: pod.create, or 'pod.' for all that begin so"),
            Option.One("output", "FORMAT", "how to print", 'o', ["text", "json"]),
        ],
        Notes = "With -o json each line is an entry as it was logged (RFC 8785) after its number; docs/formats/audit.md lists the kinds.",
        Examples =
        [
            ("skerry audit show --since 24h --kind container.exec", "who ran what in containers today"),
            ("skerry audit show -f -o json", "all of it and what follows, for a program"),
        ],
        Run = static i =>
        {
            var since = i.Parsed<DateTimeOffset?>("since", text => Units.Moment(text, i.Context.Time.GetUtcNow()).ToDateTimeOffset(), null);
            var request = new ReadAuditRequest { Follow = i.Flag("follow"), Kinds = { i.List("kind") } };
            if (i.Has("tail"))
            {
                var last = i.Parsed("tail", static text => Units.Count(text), 0L);
                var size = i.Node.Call(NodeMethods.DescribeAudit, new DescribeAuditRequest()).Size;
                if (request.Kinds.Count == 0 && since is null)
                {
                    request.From = Math.Max(0, size - last);
                }
                else
                {
                    // Which are the last of those that are asked for is known when all were seen.
                    Last(Entries(i, new ReadAuditRequest { Kinds = { request.Kinds } }, since).TakeWhile(e => e.Number < size), last).ForEach(e => Print(i, e.Number, e.Bytes, e.Entry));
                    if (!request.Follow)
                    {
                        return ExitCodes.Ok;
                    }

                    request.From = size;
                    i.Out.Flush();
                }
            }

            foreach (var (number, bytes, entry) in Entries(i, request, since))
            {
                Print(i, number, bytes, entry);
                if (request.Follow)
                {
                    i.Out.Flush();
                }
            }

            return ExitCodes.Ok;
        },
    };

    private static IEnumerable<(long Number, ByteString Bytes, AuditEntry Entry)> Entries(Invocation invocation, ReadAuditRequest request, DateTimeOffset? since)
    {
        using var call = invocation.Node.Open(NodeMethods.ReadAudit, request);
        while (call.Receive() is { } read)
        {
            var entry = AuditEntry.Parse(read.Entry.Memory);
            if (since is null || entry.At >= since)
            {
                yield return (read.Number, read.Entry, entry);
            }
        }
    }

    private static List<T> Last<T>(IEnumerable<T> all, long many)
    {
        var last = new Queue<T>();
        foreach (var one in all)
        {
            last.Enqueue(one);
            if (last.Count > many)
            {
                last.Dequeue();
            }
        }

        return [.. last];
    }

    private static void Print(Invocation invocation, long number, ByteString bytes, AuditEntry entry) =>
        invocation.Out.Write(invocation.Text("output") == "json" ? string.Create(CultureInfo.InvariantCulture, $"{{\"number\":{number},\"entry\":{bytes.ToStringUtf8()}}}\n") : Line(number, entry));

    private static Command Verify() => new("verify", "read the whole log again and say what is wrong with it")
    {
        Options =
        [
            Option.One("dir", "DIRECTORY", "an exported log instead of the node's", completes: Completes.Directory),
            Option.One("key", "KEY", "the log's key, or a file with it, as it was noted when the node was set up ('skerry audit key')", completes: Completes.File),
            Option.One("against", "FILE", "a checkpoint that was kept elsewhere: the log must continue it", completes: Completes.File),
            Listing.Format,
        ],
        Notes = "Exit code 1 when anything is wrong. Without --key and --against it shows that the log is whole, not that it is the one you had before: "
            + "who holds the node's key can write another. Keep the key and, now and then, a checkpoint ('skerry audit export') where the node cannot reach them.",
        Examples =
        [
            ("skerry audit verify", "the node's own log"),
            ("skerry audit verify --dir /mnt/evidence --key node7.key --against last-month/checkpoint", "an exported one, without a node"),
        ],
        Run = static i =>
        {
            var source = i.Text("dir") is { } directory ? AuditSource.Of(directory, i.Text("key")) : AuditSource.Of(i.Node, i.Text("key"));
            var known = i.Text("against") is { } kept ? LogCheckpoint.Parse(SignedNote.Parse(AuditSource.Text(kept))) : null;
            var report = AuditVerification.Verify(source.Checkpoint, source.Key, source.Read, source.Minimum, known, CancellationToken.None);
            IReadOnlyList<AuditFinding> findings = source.Trouble.Length > 0 ? [new AuditFinding("log", source.Trouble), .. report.Findings] : report.Findings;
            Listing.PrintOne(i, Tree(report, findings), () => Text(report, findings, i), findings.Count == 0 ? "ok" : "wrong");
            return findings.Count == 0 ? ExitCodes.Ok : ExitCodes.Failed;
        },
    };

    /// <summary>A proof that is made of an exported log, and checked before it is given to anybody.</summary>
    private static string Exported(AuditSource source, string directory, long number)
    {
        var size = LogCheckpoint.Parse(source.Checkpoint).Size;
        if (number < source.Minimum || number >= size)
        {
            throw new CliFailure(string.Create(CultureInfo.InvariantCulture, $"{directory} has no entry {number}: there are {source.Minimum} to {size - 1}"));
        }

        var name = TileName.Bundle(number / TileName.Full, size);
        var bundle = source.Read(name) ?? throw new CliFailure($"{directory}: {name} is missing", "skerry audit verify --dir says what else is");
        var entry = EntryBundle.Read(bundle, name.Width)[(int)(number % TileName.Full)];
        var proof = new EntryProof(entry.ToArray(), number, new TreeReader(source.Read, size).InclusionProof(number), source.Checkpoint);
        return proof.Refute(null, source.Key) is { } wrong
            ? throw new CliFailure($"{directory}: the log does not prove its entry {number}: {wrong}", "skerry audit verify --dir says what is wrong with it")
            : proof.ToString();
    }

    private static Command Prove() => new("prove", "print a proof that one entry is in the log (C2SP tlog-proof), or check one")
    {
        Operands = "NUMBER|FILE",
        MinOperands = 1,
        MaxOperands = 1,
        Completes = [Completes.File],
        Options =
        [
            Option.Flag("check", "FILE is a proof: check it, without a node"),
            Option.One("dir", "DIRECTORY", "from an exported log instead of the node's", completes: Completes.Directory),
            Option.One("key", "KEY", "the log's key, or a file with it; for --check, and for --dir in place of the one in it", completes: Completes.File),
        ],
        Examples =
        [
            ("skerry audit prove 73894 > exec.tlog-proof", "entry 73894, for somebody who need not see the others"),
            ("skerry audit prove --dir /mnt/evidence 73894 > exec.tlog-proof", "the same from an exported log, without a node"),
            ("skerry audit prove --check --key node7.key exec.tlog-proof", "whether it holds; prints the entry"),
        ],
        Run = static i =>
        {
            if (i.Text("dir") is { } directory)
            {
                i.Out.Write(i.Flag("check") ? throw CliFailure.Usage("--check and --dir do not go together") : Exported(AuditSource.Of(directory, i.Text("key")), directory, Number(i.Operands[0])));
                return ExitCodes.Ok;
            }

            if (!i.Flag("check"))
            {
                i.Out.Write(i.Node.Call(NodeMethods.ProveAudit, new ProveAuditRequest { Number = Number(i.Operands[0]) }).Proof);
                return ExitCodes.Ok;
            }

            var proof = EntryProof.Parse(AuditSource.Text(i.Operands[0]));
            var key = i.Text("key") is { } text ? AuditSource.ParseKey(text) : throw CliFailure.Usage("--check needs --key", "a proof holds for whoever knows the log's key: 'skerry audit key' on its node prints it");
            if (proof.Refute(null, key) is { } wrong)
            {
                throw new CliFailure($"{i.Operands[0]}: the proof does not hold: {wrong}");
            }

            i.Out.Write(string.Create(CultureInfo.InvariantCulture, $"{{\"number\":{proof.Index},\"entry\":{Encoding.UTF8.GetString(proof.Entry!)}}}\n"));
            return ExitCodes.Ok;
        },
    };

    private static Command Key() => new("key", "print the key that the log is verified by")
    {
        Notes = "Note it when a node is set up, where the node cannot change it. It is public (a C2SP signed-note verifier key).",
        Examples = [("skerry audit key > node7.key", "for the auditor")],
        Run = static i =>
        {
            i.Out.Line(Humanise.Safe(i.Node.Call(NodeMethods.DescribeAudit, new DescribeAuditRequest()).VerifierKey));
            return ExitCodes.Ok;
        },
    };

    private static string Line(long number, AuditEntry entry)
    {
        var subject = entry.Subject;
        var (pod, container) = (subject.GetValueOrDefault("podName", ""), subject.GetValueOrDefault("containerName", ""));
        string[] parts =
        [
            number.ToString(CultureInfo.InvariantCulture),
            Time(entry.At),
            entry.Kind,
            entry.Outcome == "ok" ? "" : entry.Outcome,
            container.Length == 0 || container == pod ? pod : $"{pod}/{container}",
            subject.GetValueOrDefault("image", ""),
            string.Join(' ', entry.Details.Select(static d => $"{d.Key}={d.Value}")),
            entry.Actor.Count == 0 ? "" : $"by uid {entry.Actor.GetValueOrDefault("uid", "?")} (pid {entry.Actor.GetValueOrDefault("pid", "?")})",
        ];
        return Humanise.Safe(string.Join("  ", parts.Where(static p => p.Length > 0))) + "\n";
    }

    private static string Text(AuditReport report, IReadOnlyList<AuditFinding> findings, Invocation invocation)
    {
        var text = new StringBuilder();
        if (report.Checkpoint is { } checkpoint)
        {
            Line("log", checkpoint.Origin);
            Line("entries", string.Create(CultureInfo.InvariantCulture, $"{checkpoint.Size}{(report.Minimum > 0 ? $", of which {report.Minimum} were pruned" : "")}"));
            Line("root", checkpoint.Root.ToString());
        }

        if (report.First is { } first && report.Last is { } last)
        {
            Line("time", $"{Time(first)} to {Time(last)}");
        }

        foreach (var gap in report.Gaps)
        {
            Line("gap", $"before {gap.Place}: {gap.Problem}");
        }

        foreach (var finding in findings)
        {
            Line("WRONG", $"{finding.Place}: {finding.Problem}");
        }

        return text.Append(findings.Count > 0 ? $"the log is not what it should be: {findings.Count} findings\n"
            : $"the log is whole, and signed by {(invocation.Has("key") ? "the key that you gave" : "its own key")}\n").ToString();

        void Line(string name, string value) => text.Append(name.PadRight(10)).Append(Humanise.Safe(value)).Append('\n');
    }

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw CliFailure.Usage($"'{text}' is not the number of an entry; with --check it may be a file");

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static Tree Tree(AuditReport report, IReadOnlyList<AuditFinding> findings) => Rendering.Tree.Object()
        .Add("origin", report.Checkpoint?.Origin)
        .Add("size", report.Checkpoint?.Size ?? 0)
        .Add("minimum", report.Minimum)
        .Add("root", report.Checkpoint?.Root.ToString())
        .Add("entries", report.Entries)
        .Add("ok", findings.Count == 0)
        .Add("gaps", Rendering.Tree.List(report.Gaps.Select(static g => Rendering.Tree.Object().Add("before", g.Place).Add("reason", g.Problem))))
        .Add("findings", Rendering.Tree.List(findings.Select(static f => Rendering.Tree.Object().Add("place", f.Place).Add("problem", f.Problem))));
}
