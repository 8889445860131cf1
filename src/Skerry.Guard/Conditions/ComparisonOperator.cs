namespace Skerry.Guard.Conditions;

/// <summary>The operators of the rule language.</summary>
internal enum ComparisonOperator
{
    Exists,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    ContainsAnyCase,
    ContainsBytes,
    StartsWith,
    StartsWithBytes,
    EndsWith,
    Glob,
    GlobAnyCase,
    Regex,
    In,
    Intersects,
    PathMatch,
}
