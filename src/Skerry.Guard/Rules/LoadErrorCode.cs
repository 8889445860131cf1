namespace Skerry.Guard.Rules;

/// <summary>Why rules cannot be used. The codes are Falco's: LOAD_ERR_FILE_READ and so on.</summary>
public enum LoadErrorCode
{
    /// <summary>The file cannot be read.</summary>
    FileRead,

    /// <summary>The text is not YAML.</summary>
    YamlParse,

    /// <summary>The YAML is not of the form that rules have.</summary>
    YamlValidate,

    /// <summary>A condition is wrong.</summary>
    CompileCondition,

    /// <summary>An output is wrong.</summary>
    CompileOutput,

    /// <summary>Rules, macros, lists and exceptions do not fit together.</summary>
    Validate,

    /// <summary>An extension is wrong.</summary>
    Extension,
}
