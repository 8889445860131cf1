using System.Reflection;
using Skerry.Guard.Events;

namespace Skerry.Guard.Tests.Recorder;

/// <summary>
/// Events of a little world of processes, containers and files that change while they are looked at, all by chance. Every
/// public property is set, also one that is added later.
/// </summary>
internal sealed class EventWorld
{
    private static readonly string[] Words = ["sh", "nginx", "/etc/shadow", "/usr/bin/cat", "-c", "", "bash", "/tmp/x", "é", "10.0.0.1:80->10.0.0.2:443", "curl", "/proc/self/environ"];

    private readonly Random _random;
    private readonly List<Facts> _facts = [];
    private long _now = Make.Now;
    private ulong _number;

    public EventWorld(Random random)
    {
        _random = random;
        Add<UserFacts>(2);
        Add<PodFacts>(2);
        Add<ContainerFacts>(3);
        Add<DescriptorFacts>(6);
        Add<ProcessFacts>(8);
        foreach (var facts in _facts)
        {
            foreach (var property in Properties(facts))
            {
                Change(facts, property);
            }
        }
    }

    /// <summary>Changes something, or not, and fills in an event.</summary>
    public void Next(KernelEvent e)
    {
        while (_random.Next(3) == 0)
        {
            var facts = Pick(_facts);
            var properties = Properties(facts);
            Change(facts, properties[_random.Next(properties.Length)]);
        }

        e.Begin(EventTypes.All[_random.Next(4) == 0 ? _random.Next(EventTypes.All.Count) : _random.Next(30)]);
        var before = _now;
        _now += _random.Next(100) == 0 ? -_random.Next(1000) : _random.Next(1_000_000);
        (e.Number, e.Timestamp, e.SinceStart, e.SincePrevious) = (++_number, _now, _now - Make.Now, _now - before);
        e.Processor = _random.Next(4);
        e.ThreadId = _random.Next(100_000);
        e.VirtualThreadId = _random.Next(3) == 0 ? _random.Next() : e.ThreadId;
        e.HostName = _random.Next(9) == 0 ? default : "edge-7";
        e.Result = Maybe(() => _random.Next(2) == 0 ? 0 : _random.NextInt64() - _random.NextInt64());
        e.Process = _random.Next(9) == 0 ? null : Pick(_facts.OfType<ProcessFacts>().ToList());
        e.DescriptorNumber = (int?)Maybe(() => _random.Next(-1, 10));
        e.Descriptor = _random.Next(3) == 0 ? null : _random.Next(3) == 0 ? Fleeting(e) : Pick(_facts.OfType<DescriptorFacts>().ToList());
        for (var i = 0; i < e.Type.Arguments.Count; i++)
        {
            switch (_random.Next(3))
            {
                case 0:
                    e.SetArgument(i, Number());
                    break;
                case 1:
                    e.SetArgument(i, Word().Span);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>A descriptor whose name lives no longer than the event.</summary>
    private DescriptorFacts Fleeting(KernelEvent e) => new() { Kind = DescriptorKind.File, Name = e.Copy(Word().Span) };

    private static PropertyInfo[] Properties(Facts facts) => [.. facts.GetType().GetProperties().Where(static p => p.SetMethod is { IsPublic: true } || p.Name == nameof(ProcessFacts.StandardStreams))];

    private void Change(Facts facts, PropertyInfo property)
    {
        if (facts is ProcessFacts process && property.Name == nameof(ProcessFacts.StandardStreams))
        {
            process.StandardStreams[_random.Next(3)] = PickOrNone<DescriptorFacts>();
            return;
        }

        property.SetValue(facts, Value(property.PropertyType, property.Name));
    }

    private object? Value(Type type, string name)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return _random.Next(4) == 0 ? null : Value(inner, name);
        }

        return type switch
        {
            _ when type == typeof(Text) => _random.Next(6) == 0 ? default : Word(),
            _ when type == typeof(int) => (int)Number(),
            _ when type == typeof(uint) => (uint)Number(),
            _ when type == typeof(ushort) => (ushort)Number(),
            _ when type == typeof(long) => Number(),
            _ when type == typeof(ulong) => (ulong)Number(),
            _ when type == typeof(bool) => _random.Next(2) == 0,
            _ when type == typeof(DescriptorKind) => (DescriptorKind)_random.Next((int)DescriptorKind.Process + 1),
            _ when type == typeof(NetworkAddress) => NetworkAddress.FromBytes(Bytes(_random.Next(2) == 0 ? 4 : 16)),
            _ when type == typeof(IReadOnlyList<Text>) => Several(Word),
            _ when type == typeof(IReadOnlyList<ContainerMount>) => Several(() => new ContainerMount(Word(), Word(), Word(), _random.Next(2) == 0, Word())),
            _ when type == typeof(IReadOnlyDictionary<string, Text>) => Several(Word).DistinctBy(static w => w.ToString()).ToDictionary(static w => w.ToString(), _ => Word(), StringComparer.Ordinal),
            _ when type == typeof(IReadOnlyDictionary<uint, Text>) => Several(Word).Index().ToDictionary(static w => (uint)w.Index, static w => w.Item),
            _ when type == typeof(UserFacts) => PickOrNone<UserFacts>(),
            _ when type == typeof(PodFacts) => PickOrNone<PodFacts>(),
            _ when type == typeof(ContainerFacts) => PickOrNone<ContainerFacts>(),
            _ when type == typeof(ProcessFacts) => PickOrNone<ProcessFacts>(),
            _ => throw new NotSupportedException($"no values for {name}, which is {type}"),
        };
    }

    private T[] Several<T>(Func<T> make) => [.. Enumerable.Range(0, _random.Next(4)).Select(_ => make())];

    private long Number() => _random.Next(4) switch { 0 => _random.Next(3), 1 => _random.Next(), 2 => -_random.Next(), _ => _random.NextInt64() - _random.NextInt64() };

    private long? Maybe(Func<long> make) => _random.Next(3) == 0 ? null : make();

    private Text Word() => _random.Next(10) == 0 ? new Text(Bytes(_random.Next(40))) : Words[_random.Next(Words.Length)];

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    private T? PickOrNone<T>()
        where T : Facts => _random.Next(5) == 0 ? null : Pick(_facts.OfType<T>().ToList());

    private void Add<T>(int count)
        where T : Facts, new() => _facts.AddRange(Enumerable.Range(0, count).Select(static _ => new T()));
}
