using System.Text;

namespace Skerry.Cli.Wire;

/// <summary>
/// Decodes the header blocks of one connection, in order (RFC 7541). Holds the connection's dynamic table, never larger
/// than the 4096 octets that the protocol starts with (this client never asks for more).
/// </summary>
internal sealed class HpackDecoder
{
    private const int LargestTable = 4096;
    private const int EntryOverhead = 32; // section 4.1

    private readonly List<(string Name, string Value)> _dynamic = []; // newest last
    private int _size;
    private int _limit = LargestTable;

    // Appendix A, from index 1.
    private static readonly (string Name, string Value)[] Static =
    [
        (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"),
        (":scheme", "http"), (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"),
        (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"), ("accept-charset", ""),
        ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
        ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""),
        ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
        ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""), ("etag", ""),
        ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""),
        ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""),
        ("location", ""), ("max-forwards", ""), ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""),
        ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""), ("set-cookie", ""),
        ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""), ("via", ""),
        ("www-authenticate", ""),
    ];

    /// <summary>Decodes a whole header block and adds its fields to <paramref name="fields"/>.</summary>
    /// <exception cref="WireException">The block is malformed; the connection cannot be used further.</exception>
    internal void Decode(ReadOnlySpan<byte> block, List<(string Name, string Value)> fields)
    {
        while (block.Length > 0)
        {
            var octet = block[0];
            if ((octet & 0x80) != 0)
            {
                fields.Add(At(Integer(ref block, 7)));
            }
            else if ((octet & 0xC0) == 0x40)
            {
                var field = Literal(ref block, 6);
                fields.Add(field);
                Insert(field);
            }
            else if ((octet & 0xE0) == 0x20)
            {
                var limit = Integer(ref block, 5);
                if (limit > LargestTable)
                {
                    throw new WireException($"HPACK: a dynamic table of {limit} octets where {LargestTable} are allowed");
                }

                _limit = limit;
                Evict(0);
            }
            else
            {
                fields.Add(Literal(ref block, 4));
            }
        }
    }

    private (string Name, string Value) Literal(ref ReadOnlySpan<byte> block, int prefix)
    {
        var index = Integer(ref block, prefix);
        var name = index == 0 ? Text(ref block) : At(index).Name;
        return (name, Text(ref block));
    }

    private (string Name, string Value) At(int index)
    {
        if (index is > 0 && index <= Static.Length)
        {
            return Static[index - 1];
        }

        var newest = index - Static.Length - 1;
        return newest >= 0 && newest < _dynamic.Count
            ? _dynamic[^(newest + 1)]
            : throw new WireException($"HPACK: index {index} is in no table");
    }

    private void Insert((string Name, string Value) field)
    {
        var size = field.Name.Length + field.Value.Length + EntryOverhead;
        Evict(size);
        if (size <= _limit)
        {
            _dynamic.Add(field);
            _size += size;
        }
    }

    private void Evict(int room)
    {
        while (_dynamic.Count > 0 && _size + room > _limit)
        {
            _size -= _dynamic[0].Name.Length + _dynamic[0].Value.Length + EntryOverhead;
            _dynamic.RemoveAt(0);
        }
    }

    private static string Text(ref ReadOnlySpan<byte> block)
    {
        var coded = block.Length > 0 && (block[0] & 0x80) != 0;
        var length = Integer(ref block, 7);
        if (length > block.Length)
        {
            throw new WireException($"HPACK: a string of {length} octets where {block.Length} are left");
        }

        var bytes = block[..length];
        block = block[length..];
        return Encoding.Latin1.GetString(coded ? Huffman.Decode(bytes) : bytes);
    }

    private static int Integer(ref ReadOnlySpan<byte> block, int prefix)
    {
        if (block.Length == 0)
        {
            throw new WireException("HPACK: the block ends inside a field");
        }

        var mask = (1 << prefix) - 1;
        var value = block[0] & mask;
        block = block[1..];
        for (var shift = 0; value >= mask; shift += 7)
        {
            if (block.Length == 0 || shift > 21)
            {
                throw new WireException("HPACK: an integer that does not end");
            }

            var octet = block[0];
            block = block[1..];
            value += (octet & 0x7F) << shift;
            if ((octet & 0x80) == 0)
            {
                break;
            }
        }

        return value;
    }
}
