namespace Skerry.Guard.Rules;

/// <summary>What stands at a place in a rule file, in the words of Falco's results.</summary>
internal static class ItemKinds
{
    public const string ValueFor = "value for";
    public const string Exceptions = "exceptions";
    public const string Exception = "exception";
    public const string ExceptionValues = "exception values";
    public const string ExceptionValue = "exception value";
    public const string Content = "rules content";
    public const string ContentItem = "rules content item";
    public const string EngineVersion = "required_engine_version";
    public const string PluginVersions = "required plugin versions";
    public const string PluginVersionEntry = "required plugin versions entry";
    public const string PluginVersionAlternative = "required plugin versions alternative";
    public const string List = "list";
    public const string ListItem = "list item";
    public const string Macro = "macro";
    public const string MacroCondition = "macro condition";
    public const string Rule = "rule";
    public const string RuleCondition = "rule condition";
    public const string ConditionExpression = "condition expression";
    public const string RuleOutput = "rule output";
    public const string RulePriority = "rule priority";
    public const string Override = "overrides";
}
