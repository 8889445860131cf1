namespace Skerry.Guard.Rules;

/// <summary>How grave what a rule finds is; the gravest first.</summary>
public enum Priority
{
    /// <summary>Everything is lost.</summary>
    Emergency,

    /// <summary>Act now.</summary>
    Alert,

    /// <summary>An attack that works.</summary>
    Critical,

    /// <summary>An attack that is tried.</summary>
    Error,

    /// <summary>What should not be.</summary>
    Warning,

    /// <summary>What is unusual.</summary>
    Notice,

    /// <summary>What is worth knowing.</summary>
    Informational,

    /// <summary>For who writes rules.</summary>
    Debug,
}
