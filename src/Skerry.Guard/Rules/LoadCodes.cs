namespace Skerry.Guard.Rules;

/// <summary>Names and meanings of the codes of loading, as tools that read Falco's results know them.</summary>
public static class LoadCodes
{
    private static readonly (string Name, string Meaning)[] Errors =
    [
        ("LOAD_ERR_FILE_READ", "The file cannot be read"),
        ("LOAD_ERR_YAML_PARSE", "The text is not YAML"),
        ("LOAD_ERR_YAML_VALIDATE", "The YAML is not of the form of rules"),
        ("LOAD_ERR_COMPILE_CONDITION", "The condition is wrong"),
        ("LOAD_ERR_COMPILE_OUTPUT", "The output is wrong"),
        ("LOAD_ERR_VALIDATE", "Rules, macros, lists and exceptions do not fit together"),
        ("LOAD_ERR_EXTENSION", "The extension is wrong"),
    ];

    private static readonly (string Name, string Meaning)[] Warnings =
    [
        ("LOAD_UNKNOWN_SOURCE", "The event source is not there"),
        ("LOAD_UNSAFE_NA_CHECK", "A comparison with <NA> is unsafe"),
        ("LOAD_NO_EVTTYPE", "The condition fits too many kinds of events"),
        ("LOAD_UNKNOWN_FILTER", "The field or kind of event is not known"),
        ("LOAD_UNUSED_MACRO", "Nothing uses the macro"),
        ("LOAD_UNUSED_LIST", "Nothing uses the list"),
        ("LOAD_UNKNOWN_ITEM", "The item is not known"),
        ("LOAD_DEPRECATED_ITEM", "The item is old"),
        ("LOAD_WARNING_EXTENSION", "The extension warns"),
        ("LOAD_APPEND_NO_VALUES", "Nothing is added"),
        ("LOAD_EXCEPTION_NAME_NOT_UNIQUE", "Two exceptions have one name"),
        ("LOAD_INVALID_MACRO_NAME", "No condition can name the macro"),
        ("LOAD_INVALID_LIST_NAME", "The name of the list is odd"),
        ("LOAD_COMPILE_CONDITION", "The condition may not mean what it says"),
        ("LOAD_UNKNOWN_KEY", "The key is not known"),
    ];

    /// <summary>The code as it is printed.</summary>
    public static string NameOf(LoadErrorCode code) => Errors[(int)code].Name;

    /// <summary>A few words on it.</summary>
    public static string MeaningOf(LoadErrorCode code) => Errors[(int)code].Meaning;

    /// <summary>The code as it is printed.</summary>
    public static string NameOf(LoadWarningCode code) => Warnings[(int)code].Name;

    /// <summary>A few words on it.</summary>
    public static string MeaningOf(LoadWarningCode code) => Warnings[(int)code].Meaning;
}
