namespace Skerry.Guard.Patterns;

/// <summary>A regular expression as a non-deterministic automaton (Thompson's construction).</summary>
internal sealed class PatternProgram
{
    private const int MaxSteps = 20_000;

    private readonly List<Step> _steps = [];

    private PatternProgram()
    {
    }

    /// <summary>What a step does.</summary>
    internal enum StepKind
    {
        Characters,
        Split,
        LineStart,
        LineEnd,
        Accept,
    }

    public IReadOnlyList<Step> Steps => _steps;

    public int Start { get; private set; }

    /// <exception cref="PatternSyntaxException">The automaton would be too large.</exception>
    public static PatternProgram Compile(PatternNode node)
    {
        var program = new PatternProgram();
        program.Start = program.Emit(node, program.Add(new Step(StepKind.Accept, [], -1, -1)));
        return program;
    }

    /// <summary>Emits a node that goes on at a step, and says where it begins: from the end to the start, so that targets are known.</summary>
    private int Emit(PatternNode node, int next)
    {
        switch (node)
        {
            case PatternNode.Characters characters:
                return Add(new Step(StepKind.Characters, characters.Ranges, next, -1));
            case PatternNode.LineEdge edge:
                return Add(new Step(edge.IsEnd ? StepKind.LineEnd : StepKind.LineStart, [], next, -1));
            case PatternNode.Sequence sequence:
                return sequence.Parts.Reverse().Aggregate(next, (then, part) => Emit(part, then));
            case PatternNode.Choice choice:
                return choice.Parts.Reverse().Select(part => Emit(part, next)).Aggregate((other, one) => Add(new Step(StepKind.Split, [], one, other)));
            case PatternNode.Repeat repeat:
                return EmitRepeat(repeat, next);
            default:
                throw new InvalidOperationException($"no pattern node {node.GetType().Name}");
        }
    }

    private int EmitRepeat(PatternNode.Repeat repeat, int next)
    {
        var at = next;
        if (repeat.Most < 0)
        {
            var loop = Add(new Step(StepKind.Split, [], -1, next));
            _steps[loop] = _steps[loop] with { Next = Emit(repeat.Inner, loop) };
            at = loop;
        }

        for (var i = repeat.Least; i < repeat.Most; i++)
        {
            at = Add(new Step(StepKind.Split, [], Emit(repeat.Inner, at), next));
        }

        for (var i = 0; i < repeat.Least; i++)
        {
            at = Emit(repeat.Inner, at);
        }

        return at;
    }

    private int Add(Step step)
    {
        if (_steps.Count >= MaxSteps)
        {
            throw new PatternSyntaxException("the pattern is too large");
        }

        _steps.Add(step);
        return _steps.Count - 1;
    }

    /// <summary>One step of the automaton.</summary>
    internal readonly record struct Step(StepKind Kind, IReadOnlyList<(int First, int Last)> Ranges, int Next, int Other);
}
