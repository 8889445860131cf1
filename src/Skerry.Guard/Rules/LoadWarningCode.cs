namespace Skerry.Guard.Rules;

/// <summary>What is odd in rules that can be used. The codes are Falco's: LOAD_UNKNOWN_SOURCE and so on.</summary>
public enum LoadWarningCode
{
    /// <summary>A rule is for a source that is not there; it is left out.</summary>
    UnknownSource,

    /// <summary>A comparison with &lt;NA&gt;.</summary>
    UnsafeNaCheck,

    /// <summary>A rule for nearly all kinds of events.</summary>
    NoEvttype,

    /// <summary>A field or kind of event that is not known, in a rule that asks to be left out then.</summary>
    UnknownFilter,

    /// <summary>Nobody uses the macro.</summary>
    UnusedMacro,

    /// <summary>Nobody uses the list.</summary>
    UnusedList,

    /// <summary>An item that is no rule, macro, list or requirement.</summary>
    UnknownItem,

    /// <summary>Something that will not be understood for ever.</summary>
    DeprecatedItem,

    /// <summary>An extension warns.</summary>
    WarningExtension,

    /// <summary>An exception is added to with no values.</summary>
    AppendNoValues,

    /// <summary>Two exceptions of a rule have one name.</summary>
    ExceptionNameNotUnique,

    /// <summary>The name of a macro that no condition can name.</summary>
    InvalidMacroName,

    /// <summary>The name of a list that conditions may read otherwise.</summary>
    InvalidListName,

    /// <summary>A condition that may not mean what it says.</summary>
    CompileCondition,

    /// <summary>A key that is not known; it is left out.</summary>
    UnknownKey,
}
