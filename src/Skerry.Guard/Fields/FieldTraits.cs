namespace Skerry.Guard.Fields;

/// <summary>What may be done with a field.</summary>
[Flags]
public enum FieldTraits
{
    /// <summary>Nothing particular.</summary>
    None = 0,

    /// <summary>May have an argument.</summary>
    ArgumentAllowed = 1,

    /// <summary>Must have an argument.</summary>
    ArgumentRequired = 2,

    /// <summary>The argument may be a number.</summary>
    ArgumentIndex = 4,

    /// <summary>The argument may be a name.</summary>
    ArgumentKey = 8,

    /// <summary>The argument may stand behind a dot.</summary>
    ArgumentDotted = 16,

    /// <summary>Has several values.</summary>
    List = 32,

    /// <summary>May not be in an output.</summary>
    FilterOnly = 64,

    /// <summary>May not be compared with another field.</summary>
    NoRight = 128,

    /// <summary>May not be in a transformer.</summary>
    NoTransformer = 256,

    /// <summary>Kept for old rules.</summary>
    Deprecated = 512,

    /// <summary>Says nothing but what kind of event it is: decided when rules are loaded.</summary>
    OfType = 1024,

    /// <summary>Known to the guard, and filled by no sensor.</summary>
    Unfilled = 2048,
}
