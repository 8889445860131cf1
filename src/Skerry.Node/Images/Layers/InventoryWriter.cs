using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Images.Layers;

/// <summary>
/// Writes a layer's inventory while it is unpacked: a log, in which a later line for a path replaces the earlier one
/// (docs/formats/store.md has the format). So nothing of a million entries is kept in memory.
/// </summary>
internal sealed class InventoryWriter : IDisposable
{
    /// <summary>First line of the file.</summary>
    public const string Header = "skerry-inventory 1";

    private const int FlushAt = 128 * 1024;

    private readonly FileDescriptor _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly StringBuilder _text = new(FlushAt + 8192);
    private long _offset;

    public InventoryWriter(FileDescriptor file)
    {
        _file = file;
        _text.Append(Header).Append('\n');
    }

    /// <summary>What is at a path from here on.</summary>
    public void Add(InventoryEntry entry)
    {
        _text.Append(entry.Links.Length > 0 ? 'h' : LetterOf(entry.Kind)).Append('\t');
        _text.Append(Convert.ToString(entry.Mode, 8)).Append('\t');
        _text.Append(CultureInfo.InvariantCulture, $"{entry.Uid}\t{entry.Gid}\t{entry.Size}\t{entry.ModifiedSeconds}.{entry.ModifiedNanoseconds:000000000}\t");
        Escape(entry.Path);
        _text.Append('\t');
        Escape(entry.Links.Length > 0 ? entry.Links : entry.Digest);
        foreach (var (name, value) in entry.Xattrs)
        {
            _text.Append('\t');
            Escape(name);
            _text.Append('=').Append(Convert.ToBase64String(value));
        }

        End();
    }

    /// <summary>Nothing is at a path and below it any more.</summary>
    public void Remove(string path)
    {
        _text.Append("x\t");
        Escape(path);
        End();
    }

    /// <summary>Writes what is left; returns the SHA-256 of the whole file in hex.</summary>
    public string Finish()
    {
        Flush();
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public void Dispose() => _hash.Dispose();

    /// <summary>The letter of a kind.</summary>
    public static char LetterOf(FileKind kind) => kind switch
    {
        FileKind.Regular => 'f',
        FileKind.Directory => 'd',
        FileKind.Symlink => 'l',
        FileKind.Fifo => 'p',
        FileKind.CharacterDevice => 'w',
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "a layer holds no such thing"),
    };

    private void Escape(string text)
    {
        foreach (char c in text)
        {
            // Blanks, controls and the backslash; a byte that is no UTF-8 stands as U+DC80…U+DCFF in the text.
            if (c <= ' ' || c == '\\' || c == '=' || c == 0x7f)
            {
                _text.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
            }
            else if (c is >= '\uDC80' and <= '\uDCFF' && (_text.Length == 0 || !char.IsHighSurrogate(_text[^1])))
            {
                _text.Append(CultureInfo.InvariantCulture, $"\\x{c - 0xdc00:x2}");
            }
            else
            {
                _text.Append(c);
            }
        }
    }

    private void End()
    {
        _text.Append('\n');
        if (_text.Length >= FlushAt)
        {
            Flush();
        }
    }

    private void Flush()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(_text.ToString());
        _text.Clear();
        FileCalls.Write(_file, bytes, _offset, "inventory");
        _hash.AppendData(bytes);
        _offset += bytes.Length;
    }
}
