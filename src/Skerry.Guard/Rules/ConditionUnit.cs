using Skerry.Guard.Conditions;

namespace Skerry.Guard.Rules;

/// <summary>The condition of a macro or a rule: its text after lists were put in, and what it reads as.</summary>
/// <param name="Text">The text, which positions count in.</param>
/// <param name="Condition">What it reads as.</param>
/// <param name="Context">Where it is.</param>
internal sealed record ConditionUnit(string Text, Condition Condition, LoadContext Context)
{
    /// <exception cref="RuleLoadException">The text is no condition.</exception>
    public static ConditionUnit Read(string text, LoadContext context)
    {
        try
        {
            return new ConditionUnit(text, ConditionParser.Parse(text), context);
        }
        catch (ConditionSyntaxException e)
        {
            throw new RuleLoadException(LoadErrorCode.CompileCondition, e.Message, context.InCondition(text, e.Position));
        }
    }

    public LoadContext At(ConditionPosition position) => Context.InCondition(Text, position);
}
