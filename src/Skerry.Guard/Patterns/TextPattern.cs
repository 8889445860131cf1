using System.Text;

namespace Skerry.Guard.Patterns;

/// <summary>
/// A regular expression that must fit a whole text, without backtracking: one step a character, whatever the text.
/// The automaton is made deterministic as texts come by; a state is made once and then only followed.
/// </summary>
/// <remarks>
/// Characters are those of UTF-8; a byte that is none reads as U+FFFD. States are shared between threads: a link, once set,
/// stays. When there are too many states all are forgotten, so that a hostile text costs time but no memory.
/// </remarks>
internal sealed class TextPattern
{
    private const int MaxStates = 1024;

    private readonly PatternProgram _program;
    private readonly int[] _borders;
    private readonly byte[] _classOfAscii = new byte[128];
    private readonly Lock _growing = new(); // guards _states and the making of states
    private readonly Dictionary<string, State> _states = new(StringComparer.Ordinal);
    private State _first;

    /// <exception cref="PatternSyntaxException">The text is no pattern.</exception>
    public TextPattern(string pattern)
    {
        _program = PatternProgram.Compile(PatternParser.Parse(pattern));
        _borders = Borders(_program);
        for (var c = 0; c < _classOfAscii.Length; c++)
        {
            _classOfAscii[c] = (byte)Math.Min(byte.MaxValue, Search(c));
        }

        _first = MakeFirst();
    }

    public bool Matches(ReadOnlySpan<byte> text)
    {
        var state = Volatile.Read(ref _first);
        while (!text.IsEmpty)
        {
            int value = text[0], length = 1;
            if (value >= 0x80)
            {
                Rune.DecodeFromUtf8(text, out var rune, out length);
                value = rune.Value;
            }

            text = text[length..];
            var kind = ClassOf(value);
            state = Volatile.Read(ref state.Next[kind]) ?? Grow(state, kind);
            if (state.IsDead)
            {
                return false;
            }
        }

        return state.AcceptsAtEnd;
    }

    /// <summary>Characters at which something begins or stops to fit: between two of them all characters are alike.</summary>
    private static int[] Borders(PatternProgram program)
    {
        var borders = new SortedSet<int> { 0, '\n', '\n' + 1 };
        foreach (var (first, last) in program.Steps.SelectMany(static s => s.Ranges))
        {
            borders.Add(first);
            borders.Add(last + 1);
        }

        return [.. borders];
    }

    private int ClassOf(int character)
    {
        if (character < _classOfAscii.Length && _classOfAscii[character] is < byte.MaxValue and var known)
        {
            return known;
        }

        return Search(character);
    }

    private int Search(int character)
    {
        var at = Array.BinarySearch(_borders, character);
        return at >= 0 ? at : ~at - 1;
    }

    private State MakeFirst()
    {
        HashSet<int> reached = [];
        Reach(_program.Start, isLineStart: true, isLineEnd: false, reached);
        return MakeState(reached);
    }

    private State Grow(State from, int kind)
    {
        lock (_growing)
        {
            if (from.Next[kind] is { } known)
            {
                return known;
            }

            if (_states.Count >= MaxStates)
            {
                _states.Clear();
                Volatile.Write(ref _first, MakeFirst());
            }

            var character = _borders[kind];
            HashSet<int> reached = [];
            IReadOnlyCollection<int> steps = character == '\n' ? PassLineEnd(from.Steps) : from.Steps;
            foreach (var step in steps.Select(s => _program.Steps[s]))
            {
                if (step.Kind == PatternProgram.StepKind.Characters && step.Ranges.Any(r => r.First <= character && character <= r.Last))
                {
                    Reach(step.Next, isLineStart: character == '\n', isLineEnd: false, reached);
                }
            }

            var state = MakeState(reached);
            Volatile.Write(ref from.Next[kind], state);
            return state;
        }
    }

    private State MakeState(HashSet<int> reached)
    {
        int[] steps = [.. reached.Order()];
        var key = string.Create(steps.Length, steps, static (span, all) =>
        {
            for (var i = 0; i < all.Length; i++)
            {
                span[i] = (char)all[i]; // fewer steps than characters: PatternProgram.MaxSteps
            }
        });
        if (!_states.TryGetValue(key, out var state))
        {
            var accepts = PassLineEnd(steps).Any(s => _program.Steps[s].Kind == PatternProgram.StepKind.Accept);
            state = new State(steps, new State?[_borders.Length], accepts);
            _states[key] = state;
        }

        return state;
    }

    /// <summary>The steps that are reached when a line ends here.</summary>
    private HashSet<int> PassLineEnd(IReadOnlyCollection<int> steps)
    {
        HashSet<int> passed = [.. steps];
        foreach (var step in steps.Where(s => _program.Steps[s].Kind == PatternProgram.StepKind.LineEnd))
        {
            passed.Remove(step);
            Reach(step, isLineStart: false, isLineEnd: true, passed);
        }

        return passed;
    }

    /// <summary>Follows the steps that take no character.</summary>
    private void Reach(int start, bool isLineStart, bool isLineEnd, HashSet<int> reached)
    {
        var open = new Stack<int>([start]);
        while (open.TryPop(out var at))
        {
            if (!reached.Add(at))
            {
                continue;
            }

            var step = _program.Steps[at];
            switch (step.Kind)
            {
                case PatternProgram.StepKind.Split:
                    open.Push(step.Next);
                    open.Push(step.Other);
                    break;
                case PatternProgram.StepKind.LineStart when isLineStart:
                case PatternProgram.StepKind.LineEnd when isLineEnd:
                    open.Push(step.Next);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>A state of the deterministic automaton: the steps that are alive.</summary>
    private sealed class State(int[] steps, State?[] next, bool acceptsAtEnd)
    {
        public State?[] Next { get; } = next;

        public int[] Steps { get; } = steps;

        public bool AcceptsAtEnd { get; } = acceptsAtEnd;

        public bool IsDead => Steps.Length == 0;
    }
}
