using System.Globalization;
using System.Text;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Skerry.Guard.Audit;
using Skerry.Linux.Files;

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
    internal const string CheckpointName = "checkpoint";
    internal const string MinimumName = "minimum";

    private const int LargestFile = TileName.Full * (sizeof(ushort) + EntryBundle.LongestEntry);

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
            return answer.Found ? (ReadOnlyMemory<byte>?)answer.Content.Memory : null;
        }
    }

    /// <summary>A log that was exported.</summary>
    internal static AuditSource Of(string directory, string? key)
    {
        var minimum = TryRead(Path.Combine(directory, MinimumName));
        return new AuditSource(
            SignedNote.Parse(Kept(directory, CheckpointName)),
            key is null ? NoteVerifier.Parse(Kept(directory, KeyName).Trim()) : ParseKey(key),
            minimum is null ? 0 : ParseMinimum(Encoding.UTF8.GetString(minimum).Trim()),
            name => TryRead(Path.Combine(directory, name.ToString())) is { } bytes ? (ReadOnlyMemory<byte>?)bytes : null,
            string.Empty);
    }

    /// <summary>A text that every log has.</summary>
    internal static string Kept(string directory, string name) =>
        TryRead(Path.Combine(directory, name)) is { } bytes ? Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF')
            : throw new CliFailure($"{Path.Combine(directory, name)}: there is no such file", $"see that {directory} is what 'skerry audit export' wrote");

    private static long ParseMinimum(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var minimum) ? minimum : throw new AuditFormatException("minimum", "not a number");

    /// <summary>A key, or the file that holds it.</summary>
    internal static NoteVerifier ParseKey(string text) => NoteVerifier.Parse(File.Exists(text) ? Text(text).Trim() : text);

    /// <summary>A small file of text.</summary>
    internal static string Text(string path) => Encoding.UTF8.GetString(GivenFile.Read(path, SignedNote.Longest * 2)).TrimStart('\uFEFF');

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

    /// <summary>A file of a log, null where it is not there. It may come from anybody: a pipe in its place is not waited for, and no more is read than such a file can have.</summary>
    /// <exception cref="AuditFormatException">It is no file, or too large.</exception>
    private static byte[]? TryRead(string path)
    {
        try
        {
            using var file = FileCalls.TryOpen(null, path, OpenFlags.Read | OpenFlags.NonBlock).Opened;
            return file is null ? null
                : FileCalls.Status(file) is var status && status.Kind != FileKind.Regular ? throw new AuditFormatException(path, $"it is a {status.Kind}, not a file")
                : status.Size > LargestFile ? throw new AuditFormatException(path, $"{status.Size} bytes; no file of a log has more than {LargestFile}")
                : FileCalls.ReadWhole(file, path);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
