namespace Skerry.Node.Configuration;

/// <summary>The guard, as [guard] in skerry.toml has it.</summary>
internal sealed record GuardOptions
{
    /// <summary>Containers are watched.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Files of rules, or patterns such as /etc/skerry/rules/*.yaml, loaded on top of each other.</summary>
    public IReadOnlyList<string> RuleFiles { get; init; } = ["/etc/skerry/rules/*.yaml"];

    /// <summary>The rules that ship with the node are loaded first.</summary>
    public bool BuiltInRules { get; init; } = true;

    /// <summary>Policies that are built in and switched on by name; they come after the node's rules and before the files.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];

    /// <summary>Every rule that fires tells; else the first, and each that has a response.</summary>
    public bool MatchesAll { get; init; }

    /// <summary>Rules that are less grave are left out.</summary>
    public string Priority { get; init; } = "debug";

    /// <summary>Alerts are kept here, one JSON object a line; null: alerts.jsonl in the node's root.</summary>
    public string? AlertFile { get; init; }

    /// <summary>The file of alerts starts anew beyond this; the one before is kept beside it.</summary>
    public long AlertFileMax { get; init; } = 16 << 20;

    /// <summary>Alerts are lines of the log, too.</summary>
    public bool Log { get; init; } = true;

    /// <summary>Alerts are posted here as Falco's http_output does; null: nowhere.</summary>
    public string? HttpAddress { get; init; }

    /// <summary>Where alerts of a Falco on this machine are taken; null: nowhere.</summary>
    public FalcoAddress? Falco { get; init; }

    /// <summary>Bytes of the ring between the kernel and the node; a power of two.</summary>
    public long Ring { get; init; } = 4 << 20;

    /// <summary>Events a second that one container may make before the rest is counted and not looked at; 0: no limit.</summary>
    public long RateLimit { get; init; } = 250_000;

    /// <summary>What follows on an alert: by the name of a rule, or by tag:TAG.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Responses { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>A rule that is to be denied and that no hook of the kernel can deny is refused; else the process is killed.</summary>
    public bool RefusesDeny { get; init; }

    /// <summary>Answers of one rule in a minute; what is over it is only told. 0: no limit.</summary>
    public long ResponsesAMinute { get; init; }

    /// <summary>A pod that is cut off is frozen, too.</summary>
    public bool QuarantineFreezes { get; init; } = true;

    /// <summary>Seconds before and after an alert that a capture keeps.</summary>
    public int CaptureSeconds { get; init; } = 30;

    /// <summary>Most bytes of all captures; at this no more are made.</summary>
    public long CaptureQuota { get; init; } = 256 << 20;

    /// <summary>Programs that an answer can start, by the names that responses give them.</summary>
    public IReadOnlyDictionary<string, string> Hooks { get; init; } = new Dictionary<string, string>();

    /// <summary>Seconds after which a hook is killed.</summary>
    public int HookSeconds { get; init; } = 10;

    /// <summary>Seconds between two measures of the guard's own answer; 0: it is not measured.</summary>
    public int CanarySeconds { get; init; } = 60;

    /// <summary>What is added to alerts, as Falco's append_output.</summary>
    public IReadOnlyList<Skerry.Guard.Rules.OutputAddition> Additions { get; init; } = [];

    /// <summary>Programs that the kernel kills before their first instruction: drift (not of the image), nameless (without a file).</summary>
    public IReadOnlyList<string> KernelKills { get; init; } = [];

    /// <summary>Responses are only told.</summary>
    public bool DryRun { get; init; }

    /// <summary>Seconds until the same rule may pause the same container again.</summary>
    public int CooldownSeconds { get; init; } = 10;
}
