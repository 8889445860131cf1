using System.Diagnostics;

namespace Skerry.Guard.Fuzz;

/// <summary>Feeds mutated seeds to a target for a while; the same seed number makes the same inputs in the same order.</summary>
internal sealed class MutationRun(Target target, int seed)
{
    private const int MaxInput = 256 * 1024;
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(20);

    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "evt.type", "proc.aname[2]", " and ", " or ", "not ", "(", ")", " in (", "\"", "'", "%", "\n- macro: m\n  condition: ", "\n- list: l\n  items: [", "  append: true\n", "  override: {condition: append}\n",
            "  exceptions: [{name: e, fields: [proc.name], comps: [in], values: [[a]]}]\n", "regex", "[[:alpha:]]{1,500}", "((((", "*", "&a", "*a", "!!binary", "|-", "\t", "\u00e9", "oneof", "val(", "getopt(", "0x7fffffffffffffff", "-1",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
        [0], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0x80], [0x7f],
    ];

    private readonly Random _random = new(seed);

    /// <summary>Runs until <paramref name="time"/> is over; false, with the seed and the file that holds the input on standard output, when a promise was broken.</summary>
    public bool Run(TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        var inputs = 0L;
        while (watch.Elapsed < time)
        {
            var input = Mutate(target.Seeds[_random.Next(target.Seeds.Count)]);
            inputs++;
            var started = watch.Elapsed;
            try
            {
                target.Check(input);
            }
            catch (Exception e) // a finding, whatever it is
            {
                return Tell(inputs, input, $"{e.GetType().Name}: {e.Message}\n{e.StackTrace}");
            }

            if (watch.Elapsed - started > Slow)
            {
                return Tell(inputs, input, $"took {(watch.Elapsed - started).TotalSeconds:0.0} s");
            }
        }

        Console.WriteLine($"{target.Name}: {inputs} inputs, nothing found (seed {seed})");
        return true;
    }

    private byte[] Mutate(byte[] start)
    {
        List<byte> bytes = [.. start];
        for (var change = _random.Next(1, 6); change > 0; change--)
        {
            var at = _random.Next(bytes.Count + 1);
            switch (_random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] = (byte)_random.Next(256);
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 2:
                    bytes.InsertRange(at, Words[_random.Next(Words.Length)]);
                    break;
                case 3:
                    bytes.RemoveRange(at, Math.Min(_random.Next(1, 20), bytes.Count - at));
                    break;
                case 4 when bytes.Count > 0:
                    var from = _random.Next(bytes.Count);
                    bytes.InsertRange(at, bytes.GetRange(from, Math.Min(_random.Next(1, 200), bytes.Count - from)));
                    break;
                default:
                    var other = target.Seeds[_random.Next(target.Seeds.Count)];
                    var piece = _random.Next(other.Length + 1);
                    bytes.InsertRange(at, other.AsSpan(piece, Math.Min(_random.Next(300), other.Length - piece)));
                    break;
            }
        }

        return [.. bytes.Take(MaxInput)];
    }

    private bool Tell(long number, byte[] input, string what)
    {
        var file = Path.Combine(Path.GetTempPath(), $"skerry-fuzz-{target.Name}-{seed}-{number}");
        File.WriteAllBytes(file, input);
        Console.WriteLine($"{target.Name}: input {number} of seed {seed}, kept in {file}: {what}");
        return false;
    }
}
