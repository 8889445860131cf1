using System.Diagnostics;
using System.Text;

namespace Skerry.Oci.Fuzz;

/// <summary>Feeds mutated seeds to a target for a while; the same seed number makes the same inputs in the same order.</summary>
internal sealed class MutationRun(Target target, int seed)
{
    private const int MaxInput = 256 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly byte[][] Words =
    [
        "9223372036854775807"u8.ToArray(), "99999999999"u8.ToArray(), "-1"u8.ToArray(), "../"u8.ToArray(), "/"u8.ToArray(), [0], [0xff, 0xff, 0xff, 0xff],
        [0x80, 0, 0, 0, 0, 0, 0, 1], "777777777777"u8.ToArray(), "\n"u8.ToArray(), "="u8.ToArray(), "GNU.sparse.map"u8.ToArray(), "size"u8.ToArray(), "path"u8.ToArray(),
        ".wh."u8.ToArray(), "\""u8.ToArray(), "{}"u8.ToArray(), "[["u8.ToArray(), "null"u8.ToArray(), "1e999"u8.ToArray(), "\\u0000"u8.ToArray(), "@sha256:"u8.ToArray(), ":"u8.ToArray(),
    ];

    private readonly Random _random = new(seed);

    /// <summary>Runs until <paramref name="time"/> is over; false, with the seed and the file that holds the input on standard output, when a promise was broken.</summary>
    public bool Run(TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        long inputs = 0, accepted = 0;
        while (watch.Elapsed < time)
        {
            var input = target.Make is null ? Mutate(target.Seeds[_random.Next(target.Seeds.Count)]) : target.Make(_random);
            input = target.Make is not null && _random.Next(4) == 0 ? Mutate(input) : input;
            inputs++;
            var started = watch.Elapsed;
            using var patience = new Timer(_ => Hang(inputs, input), null, Patience, Timeout.InfiniteTimeSpan);
            try
            {
                target.Check(input);
                accepted++;
            }
            catch (OciFormatException)
            {
            }
            catch (Exception e) // a finding, whatever it is
            {
                Tell(inputs, input, $"{e.GetType().Name}: {e.Message}\n{e.StackTrace}");
                return false;
            }

            if (watch.Elapsed - started > TimeSpan.FromSeconds(10))
            {
                Tell(inputs, input, $"took {(watch.Elapsed - started).TotalSeconds:0.0} s");
                return false;
            }
        }

        Console.WriteLine($"{target.Name}: {inputs} inputs, {accepted} accepted, nothing found (seed {seed})");
        return true;
    }

    /// <summary>Makes the checksum of each block right that has one, so that mutations get past it.</summary>
    public static void MendChecksums(byte[] tar)
    {
        for (var at = 0; at + 512 <= tar.Length; at += 512)
        {
            var block = tar.AsSpan(at, 512);
            if (block.Slice(257, 5).SequenceEqual("ustar"u8))
            {
                block.Slice(148, 8).Fill((byte)' ');
                var sum = 0;
                foreach (var b in block)
                {
                    sum += b;
                }

                Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0").CopyTo(block[148..]);
            }
        }
    }

    /// <summary>An input that never ends would end no run: this does.</summary>
    private void Hang(long number, byte[] input)
    {
        Tell(number, input, $"did not end within {Patience.TotalSeconds:0} s");
        Environment.Exit(1);
    }

    /// <summary>Says how to see a finding again: by seed and number, or by the input itself.</summary>
    private void Tell(long number, byte[] input, string what)
    {
        var file = Path.Combine(Path.GetTempPath(), $"skerry-fuzz-{target.Name}-{seed}-{number}");
        File.WriteAllBytes(file, input);
        Console.WriteLine($"{target.Name}: seed {seed}, input {number}: {what}\nthe input is in {file}; again: Skerry.Oci.Fuzz --target {target.Name} --file {file}");
    }

    private byte[] Mutate(byte[] original)
    {
        var bytes = original.ToList();
        for (var edits = 1 + _random.Next(_random.Next(2) == 0 ? 3 : 20); edits > 0 && bytes.Count > 0; edits--)
        {
            var at = _random.Next(bytes.Count);
            switch (_random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)_random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, _random.Next(4) == 0 ? 512 : _random.Next(16)));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.Skip(_random.Next(bytes.Count)).Take(_random.Next(4) == 0 ? 512 : _random.Next(16)).ToArray());
                    break;
                default:
                    var word = Words[_random.Next(Words.Length)];
                    for (var i = 0; i < word.Length && at + i < bytes.Count; i++)
                    {
                        bytes[at + i] = word[i];
                    }

                    break;
            }
        }

        var result = bytes.Take(MaxInput).ToArray();
        if (_random.Next(4) != 0)
        {
            MendChecksums(result);
        }

        return result;
    }
}
