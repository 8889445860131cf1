using System.Globalization;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Skerry.Guard.Audit;

namespace Skerry.Cli.Commands;

/// <summary>A log to read: the node's own, or one that was exported.</summary>
/// <param name="Checkpoint">Its checkpoint.</param>
/// <param name="Key">The key it is held against.</param>
/// <param name="Minimum">First entry that is there.</param>
/// <param name="Read">Its files.</param>
/// <param name="Trouble">What the node itself says is wrong; empty where nothing is.</param>
internal sealed record AuditSource(SignedNote Checkpoint, NoteVerifier Key, long Minimum, TileSource Read, string Trouble)
{
    internal const string KeyName = "key";

    /// <summary>The log of a node. Full tiles are read from its directory where that can be, which spares a call for each.</summary>
    internal static AuditSource Of(NodeClient node, string? key)
    {
        var log = node.Call(NodeMethods.DescribeAudit, new DescribeAuditRequest());
        return new AuditSource(
            SignedNote.Parse(log.Checkpoint),
            ParseKey(key ?? log.VerifierKey),
            log.Minimum,
            Find,
            string.Join("; ", ((string[])[log.Trouble, log.Failure]).Where(static t => t.Length > 0)));

        ReadOnlyMemory<byte>? Find(TileName name)
        {
            if (name.IsFull && TryRead(Path.Combine(log.Directory, name.ToString())) is { } file)
            {
                return file;
            }

            var answer = node.Call(NodeMethods.AuditFile, new AuditFileRequest { Name = name.ToString() });
            return answer.Found ? answer.Content.Memory : null;
        }
    }

    /// <summary>A log that was exported.</summary>
    internal static AuditSource Of(string directory, string? key)
    {
        var minimum = Path.Combine(directory, "minimum");
        return new AuditSource(
            SignedNote.Parse(Text(Path.Combine(directory, "checkpoint"))),
            ParseKey(key ?? Path.Combine(directory, KeyName)),
            File.Exists(minimum) ? ParseMinimum(Text(minimum).Trim()) : 0,
            name => TryRead(Path.Combine(directory, name.ToString())) is { } bytes ? (ReadOnlyMemory<byte>?)bytes : null,
            string.Empty);
    }

    private static long ParseMinimum(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var minimum) ? minimum : throw new AuditFormatException("minimum", "not a number");

    /// <summary>A key, or the file that holds it.</summary>
    internal static NoteVerifier ParseKey(string text) => NoteVerifier.Parse(File.Exists(text) ? Text(text).Trim() : text);

    /// <summary>A small file of text.</summary>
    internal static string Text(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return file.Length <= SignedNote.Longest * 2 ? new StreamReader(file).ReadToEnd() : throw new CliFailure(string.Create(CultureInfo.InvariantCulture, $"{path}: {file.Length} bytes; that is none of a log's small files"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"{path}: {error.Message}");
        }
    }

    /// <summary>Writes a file of an exported log, under its name whole or not at all.</summary>
    internal static void Write(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path + ".new", content);
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"{path}: {error.Message}");
        }
    }

    private static byte[]? TryRead(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
