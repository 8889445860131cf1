using System.Globalization;
using System.Security.Cryptography;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// What a disk of layers was when it was made: digest and length of its content, and what the file looked like. A disk that looks so is right; one that
/// looks different is read again; one that is another is as good as not there, and is made again from its layers, which are verified themselves.
/// </summary>
/// <param name="Digest">SHA-256 of the content, in hex.</param>
/// <param name="Length">Bytes of content; the rest of the file is a hole.</param>
/// <param name="Stamp">What the file looked like.</param>
internal sealed record DiskSeal(string Digest, long Length, FileStamp Stamp)
{
    private const string End = ".seal";
    private const string Version = "skerry-disk 1";

    /// <summary>Where the seal of a disk is.</summary>
    internal static string PathOf(string disk) => disk + End;

    /// <summary>Whether a file is a seal.</summary>
    internal static bool Is(string name) => name.EndsWith(End, StringComparison.Ordinal);

    /// <summary>Digest of the first bytes of a disk.</summary>
    internal static string Hash(FileDescriptor disk, long length)
    {
        const int Portion = 256 << 10;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Portion];
        for (var at = 0L; at < length;)
        {
            var read = FileCalls.Read(disk, buffer.AsSpan(0, (int)Math.Min(Portion, length - at)), at, disk.ProcPath);
            if (read == 0)
            {
                break;
            }

            hash.AppendData(buffer, 0, read);
            at += read;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// Whether a disk is what was made.
    /// <list type="number">
    /// <item>Look.</item>
    /// <item>Read what looks different.</item>
    /// <item>Look again: what was read is what is noted.</item>
    /// </list>
    /// </summary>
    /// <param name="path">The disk.</param>
    /// <param name="known">What it looked like when it was found right before; null: not known here.</param>
    /// <returns>What it looks like; null: it is not.</returns>
    internal static FileStamp? Check(string path, FileStamp? known)
    {
        // 1. look
        if (FileCalls.Status(null, path) is not { Kind: FileKind.Regular } status)
        {
            return null;
        }

        if (known == status.Stamp)
        {
            return known;
        }

        if (Read(path) is not { } seal)
        {
            return null;
        }

        if (seal.Stamp == status.Stamp)
        {
            return seal.Stamp;
        }

        // 2. read
        using var disk = FileCalls.Open(null, path, OpenFlags.Read | OpenFlags.NoFollow);
        var before = FileCalls.Status(disk).Stamp;
        if (before.Size != seal.Stamp.Size || Hash(disk, seal.Length) != seal.Digest)
        {
            return null;
        }

        // 3. look again
        var after = FileCalls.Status(disk).Stamp;
        if (after != before)
        {
            return null;
        }

        (seal with { Stamp = after }).Write(path);
        return after;
    }

    /// <summary>Writes it beside the disk. Not durable: without it the disk is made again.</summary>
    internal void Write(string disk)
    {
        var path = PathOf(disk);
        File.WriteAllLines(path + ".new",
        [
            Version, Digest, Length.ToString(CultureInfo.InvariantCulture),
            string.Create(CultureInfo.InvariantCulture, $"{Stamp.Inode} {Stamp.Size} {Stamp.ChangedSeconds} {Stamp.ChangedNanoseconds} {Stamp.Mode}"),
        ]);
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>The seal of a disk; null where there is none that can be read.</summary>
    internal static DiskSeal? Read(string disk)
    {
        var path = PathOf(disk);
        if (!File.Exists(path) || File.ReadAllLines(path) is not [Version, { Length: 64 } digest, var size, var look] || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            return null;
        }

        var numbers = Array.ConvertAll(look.Split(' '), static n => long.TryParse(n, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : -1);
        return numbers is [> 0, >= 0, _, >= 0 and <= uint.MaxValue, > 0 and <= uint.MaxValue]
            ? new DiskSeal(digest, length, new FileStamp((ulong)numbers[0], numbers[1], numbers[2], (uint)numbers[3], (uint)numbers[4]))
            : null;
    }
}
