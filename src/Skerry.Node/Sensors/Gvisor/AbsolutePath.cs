namespace Skerry.Node.Sensors.Gvisor;

/// <summary>Makes of a path and the directory it is relative to an absolute one without empty, <c>.</c> and <c>..</c> parts. Links are not followed: only the sandbox could.</summary>
internal sealed class AbsolutePath
{
    private const int Longest = RecordWriter.LongestText;
    private const byte Separator = (byte)'/';

    private readonly byte[] _buffer = new byte[Longest];
    private int _length;

    /// <summary>The path; good until the next call. Names that have no room are left out.</summary>
    /// <param name="directory">Absolute; none where it is not known, and then a relative path stays one below the root.</param>
    /// <param name="path">It.</param>
    internal ReadOnlySpan<byte> Of(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> path)
    {
        _length = 0;
        if (path is not [Separator, ..])
        {
            Add(directory);
        }

        Add(path);
        if (_length == 0)
        {
            _buffer[_length++] = Separator;
        }

        return _buffer.AsSpan(0, _length);
    }

    private void Add(ReadOnlySpan<byte> path)
    {
        while (!path.IsEmpty)
        {
            var slash = path.IndexOf(Separator);
            var name = slash < 0 ? path : path[..slash];
            path = slash < 0 ? [] : path[(slash + 1)..];
            if (name.IsEmpty || name.SequenceEqual("."u8))
            {
                continue;
            }

            if (name.SequenceEqual(".."u8))
            {
                _length = Math.Max(0, _buffer.AsSpan(0, _length).LastIndexOf(Separator));
                continue;
            }

            if (_length + 1 + name.Length > Longest)
            {
                return;
            }

            _buffer[_length++] = Separator;
            name.CopyTo(_buffer.AsSpan(_length));
            _length += name.Length;
        }
    }
}
