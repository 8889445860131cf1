using Skerry.Guard.Alerts;
using Skerry.Guard.Decisions;
using Skerry.Guard.Fields;

namespace Skerry.Guard.Rules;

/// <summary>
/// Compiles a collection: (1) lists, (2) macros, (3) for each rule its exceptions, its output, its condition, (4) what nobody
/// uses. The first error ends it.
/// </summary>
internal sealed class RuleCompiler(RuleCollection collection, RuleLoaderOptions options, LoadResult result)
{
    /// <summary>More kinds of events than this are too many for a rule.</summary>
    private const int ManyTypes = 100;

    private const string ContainerField = "%container.info";
    private const string ContainerOutput =
        " container_id=%container.id container_name=%container.name container_image_repository=%container.image.repository"
        + " container_image_tag=%container.image.tag k8s_pod_name=%k8s.pod.name k8s_ns_name=%k8s.ns.name";

    private const string CaptureIsElsewhere =
        "the key 'capture' keeps nothing by itself: name the rule with 'capture' in guard.responses, whose guard.capture_seconds stand for 'capture_duration'";

    private readonly DecisionGraph _graph = new();

    /// <summary>The conditions as they were read.</summary>
    public RuleConditions Conditions { get; } = new();

    /// <exception cref="RuleLoadException">The rules cannot be used.</exception>
    public (IReadOnlyList<Rule> Rules, RuleSet Set) Compile()
    {
        // 1.
        var lists = new ListExpansion(collection.Lists);

        // 2.
        var macros = new MacroTable(collection.Macros, lists);

        Conditions.Macros = macros;

        // 3.
        var conditions = new ConditionCompiler(_graph, macros, result);
        List<(Rule Rule, Decision Decision)> compiled = [];
        foreach (var draft in collection.Rules.Values.Where(static r => !r.IsSourceUnknown))
        {
            if (Compile(draft, lists, macros, conditions) is { } rule)
            {
                compiled.Add(rule);
            }
        }

        // 4.
        WarnOfUnused(lists, macros);
        var enabled = compiled.Where(c => c.Rule.IsEnabled && c.Rule.Priority <= options.LeastPriority).ToList();
        return ([.. compiled.Select(static c => c.Rule)], RuleSetBuilder.Build(enabled, _graph, options.MatchesAll));
    }

    private (Rule Rule, Decision Decision)? Compile(RuleDraft draft, ListExpansion lists, MacroTable macros, ConditionCompiler conditions)
    {
        try
        {
            var condition = ExceptionText.Add(draft);
            var output = CompileOutput(draft);
            var fields = CompileFields(draft, output);
            var unit = ConditionUnit.Read(lists.Expand(condition, draft.ConditionContext), draft.ConditionContext);
            macros.Check(unit);
            OldFields.Warn(unit, macros, result);
            var decision = conditions.Compile(unit);
            if (draft.WarnsOfTypes && RuleSetBuilder.CountTypes(decision, _graph) > ManyTypes)
            {
                result.Warn(LoadWarningCode.NoEvttype, "the rule is asked on nearly every event, which costs time: let its condition say which evt.type", draft.Context);
            }

            if (draft.Captures)
            {
                result.Warn(LoadWarningCode.UnknownKey, CaptureIsElsewhere, draft.Context);
            }

            Conditions.Add(draft.Name, unit);
            return (Finish(draft, unit.Text, output, fields), decision);
        }
        catch (UnknownFieldException e) when (draft.IsSkippedIfUnknown)
        {
            result.Warn(LoadWarningCode.UnknownFilter, e.Message, e.Context);
            return null;
        }
        catch (UnknownFieldException e)
        {
            throw new RuleLoadException(e.Context == draft.OutputContext ? LoadErrorCode.CompileOutput : LoadErrorCode.CompileCondition, e.Message, e.Context);
        }
    }

    private Rule Finish(RuleDraft draft, string condition, OutputTemplate output, IReadOnlyList<AlertField> fields)
    {
        var rule = new Rule
        {
            Name = draft.Name,
            Description = draft.Description,
            Priority = draft.Priority,
            Source = draft.Source,
            Tags = [.. draft.Tags],
            Condition = condition,
            Output = output,
            Fields = fields,
            IsEnabled = draft.IsEnabled,
            Captures = draft.Captures,
            CaptureDuration = TimeSpan.FromMilliseconds(draft.CaptureMilliseconds),
        };
        return options.Select is { } select && select(rule) != rule.IsEnabled ? rule.With(isEnabled: !rule.IsEnabled) : rule;
    }

    private OutputTemplate CompileOutput(RuleDraft draft)
    {
        if (EndsInField(draft.Output))
        {
            throw new RuleLoadException(LoadErrorCode.CompileOutput, draft.Output.Length == 0 ? "the message is empty" : "the message ends in the middle of a field", draft.OutputContext);
        }

        var text = string.Join(' ', options.Additions.Where(a => a.Output is not null && a.IsFor(draft)).Select(static a => a.Output).Prepend(draft.Output));
        if (text.Contains(ContainerField, StringComparison.Ordinal))
        {
            result.Warn(LoadWarningCode.DeprecatedItem, "'%container.info' is old: the container is in every message without it", draft.Context);
            text = text.Replace(ContainerField, "", StringComparison.Ordinal).TrimEnd();
        }

        foreach (var name in OldFields.In(text))
        {
            result.WarnOfField(name, OldFields.Explain(name), draft.OutputContext);
        }

        try
        {
            return OutputTemplate.Parse(options.AppendsContainer ? text + ContainerOutput : text);
        }
        catch (FieldException e)
        {
            throw e.IsUnknown ? new UnknownFieldException(e.Message, draft.OutputContext) : new RuleLoadException(LoadErrorCode.CompileOutput, e.Message, draft.OutputContext);
        }
    }

    /// <summary>True for a message that is empty, or has nothing behind a percent sign and a width: what is added to it would be read as its field.</summary>
    private static bool EndsInField(string output) => output.Length == 0 || output.TrimEnd(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']).EndsWith('%');

    /// <summary>The fields of the message and those that are added, the added last where they have one name.</summary>
    private List<AlertField> CompileFields(RuleDraft draft, OutputTemplate output)
    {
        var fields = new SortedDictionary<string, AlertField>(StringComparer.Ordinal);
        foreach (var (name, source) in output.Fields)
        {
            fields[name] = new AlertField(name, source, null);
        }

        foreach (var (name, text) in options.Additions.Where(a => a.IsFor(draft)).SelectMany(static a => a.Fields))
        {
            try
            {
                var template = OutputTemplate.Parse(text ?? "%" + name);
                foreach (var old in OldFields.In(template.Text))
                {
                    result.WarnOfField(old, OldFields.Explain(old), draft.OutputContext);
                }

                fields[name] = text is null && template.Pieces is [{ Source: { } source }] ? new AlertField(name, source, null) : new AlertField(name, null, template);
            }
            catch (FieldException e)
            {
                throw new RuleLoadException(LoadErrorCode.CompileOutput, $"the field '{name}' that is added to alerts: {e.Message}", draft.OutputContext);
            }
        }

        return [.. fields.Values];
    }

    private void WarnOfUnused(ListExpansion lists, MacroTable macros)
    {
        foreach (var macro in collection.Macros.Values.Where(m => !macros.Used.Contains(m.Name)))
        {
            result.Warn(LoadWarningCode.UnusedMacro, "no rule or macro names the macro", macro.Context);
        }

        foreach (var list in collection.Lists.Values.Where(l => !lists.Used.Contains(l.Name)))
        {
            result.Warn(LoadWarningCode.UnusedList, "no rule, macro or list names the list", list.Context);
        }
    }
}
