using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors;

/// <summary>Turns a path as the kernel's side tells it, names from the last to the first, into text. The buffer stays: one a thread.</summary>
internal sealed class PathBytes
{
    private byte[] _buffer = new byte[4096];

    /// <summary>The path; good until the next call. None where the section holds none.</summary>
    internal ReadOnlySpan<byte> Read(ReadOnlySpan<byte> section, out PathEnd end)
    {
        end = PathEnd.Cut;
        if (section.IsEmpty)
        {
            return [];
        }

        end = (PathEnd)section[0];
        var names = section[1..];
        if (_buffer.Length < names.Length + 2)
        {
            _buffer = new byte[names.Length * 2];
        }

        var at = _buffer.Length;
        while (!names.IsEmpty)
        {
            var length = names.IndexOf((byte)0);
            var name = length < 0 ? names : names[..length];
            names = length < 0 ? [] : names[(length + 1)..];
            at -= name.Length;
            name.CopyTo(_buffer.AsSpan(at));
            if (end != PathEnd.Detached || name is not [(byte)'/', ..])
            {
                at--;
                _buffer[at] = (byte)'/';
            }
        }

        if (at == _buffer.Length && end is PathEnd.Root or PathEnd.Outside)
        {
            at--;
            _buffer[at] = (byte)'/';
        }

        return _buffer.AsSpan(at);
    }
}
