namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// What a container asked for cannot be granted: which field, its value, why, and what would make it possible. The
/// caller's fault or the machine's, never a defect of the node; doors answer INVALID_ARGUMENT or FAILED_PRECONDITION.
/// </summary>
internal sealed class SpecRefusedException : Exception
{
    /// <param name="field">The field of the pod or container spec, as the wire names it.</param>
    /// <param name="why">The value and the cause.</param>
    /// <param name="next">What to do instead.</param>
    public SpecRefusedException(string field, string why, string next)
        : base($"{field}: {why}; {next}")
    {
        Field = field;
        Refusal = $"{field}: {why}";
        Next = next;
    }

    /// <summary>The field of the pod or container spec, as the wire names it.</summary>
    public string Field { get; }

    /// <summary>The field and why, where what to do instead is said apart.</summary>
    public string Refusal { get; }

    /// <summary>What to do instead.</summary>
    public string Next { get; }
}
