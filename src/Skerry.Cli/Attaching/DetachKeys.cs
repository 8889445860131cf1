namespace Skerry.Cli.Attaching;

/// <summary>
/// Finds the keys that leave a container alone (ctrl-p ctrl-q) in what is typed. Keys that may be the start of the sequence
/// are held back until the next one decides. For one thread.
/// </summary>
internal sealed class DetachKeys
{
    private const string Default = "ctrl-p,ctrl-q";
    private readonly byte[] _keys;
    private int _matched;

    internal DetachKeys(string? keys) => _keys = keys is { Length: 0 } ? [] : Parse(keys ?? Default);

    /// <summary>Takes what was typed and says what of it is for the container.</summary>
    /// <returns>True when the sequence was completed; what follows it is dropped.</returns>
    internal bool Filter(ReadOnlySpan<byte> typed, List<byte> through)
    {
        foreach (var key in typed)
        {
            if (_keys.Length == 0)
            {
                through.Add(key);
                continue;
            }

            while (_matched > 0 && key != _keys[_matched])
            {
                // Not the sequence after all: let the held keys go, but the end of them may begin it anew.
                var restart = Restart();
                through.AddRange(_keys.AsSpan(0, _matched - restart));
                _matched = restart;
            }

            if (key != _keys[_matched])
            {
                through.Add(key);
            }
            else if (++_matched == _keys.Length)
            {
                return true;
            }
        }

        return false;
    }

    // The longest proper prefix of the sequence that ends the matched part.
    private int Restart()
    {
        for (var length = _matched - 1; length > 0; length--)
        {
            if (_keys.AsSpan(0, length).SequenceEqual(_keys.AsSpan(_matched - length, length)))
            {
                return length;
            }
        }

        return 0;
    }

    private static byte[] Parse(string keys) => Array.ConvertAll(keys.Split(','), static key => key switch
    {
        [var c] when char.IsAscii(c) => (byte)c,
        ['c', 't', 'r', 'l', '-', >= 'a' and <= 'z' and var c] => (byte)(c - 'a' + 1),
        "ctrl-@" => (byte)0,
        "ctrl-[" => (byte)27,
        "ctrl-\\" => (byte)28,
        "ctrl-]" => (byte)29,
        "ctrl-^" => (byte)30,
        "ctrl-_" => (byte)31,
        _ => throw CliFailure.Usage($"--detach-keys: {key} is no key", "write them as in ctrl-p,ctrl-q"),
    });
}
