using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Configuration;
using Skerry.Node.Images.Trust;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;
using Skerry.Oci;
using Skerry.Oci.Distribution;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Tuf;
using Decision = Skerry.Oci.Trust.Policies.TrustDecision;
using PolicyOf = Skerry.Oci.Trust.Policies.TrustPolicy;
using TrustWire = Skerry.Contracts.Node.V1.Trust;

namespace Skerry.Node.Api;

/// <summary>The door for trust policies.</summary>
internal sealed class TrustDoor(NodeRooms rooms) : TrustWire.TrustBase
{
    private ImageTrust Trust => rooms.Images.Trust.Trust;

    public override Task<ListTrustResponse> List(ListTrustRequest request, ServerCallContext context)
    {
        var reading = Trust.Policies.Current();
        var answer = new ListTrustResponse { Directory = Trust.Policies.Directory, Error = reading.Error };
        answer.Policies.AddRange((reading.Policies?.Policies ?? []).Select(View));
        return Task.FromResult(answer);
    }

    public override async Task<AddTrustResponse> Add(AddTrustRequest request, ServerCallContext context)
    {
        try
        {
            var policy = Trust.Policies.Add(request.Name, request.Toml, request.Files.ToDictionary(static f => f.Key, static f => f.Value.ToByteArray(), StringComparer.Ordinal), request.Replace);
            await rooms.Events.TellDurably("trust.policy", ("policy", request.Name), ("change", "add"), ("wants", policy.Wants)).ConfigureAwait(false);
            return new AddTrustResponse { Policy = View(policy) };
        }
        catch (ConfigurationException error)
        {
            throw PodException.Invalid(error.Message);
        }
    }

    public override async Task<RemoveTrustResponse> Remove(RemoveTrustRequest request, ServerCallContext context)
    {
        if (!Trust.Policies.Remove(request.Name))
        {
            throw PodException.NotFound($"there is no trust policy '{request.Name}'", "'skerry trust ls' shows those that there are");
        }

        await rooms.Events.TellDurably("trust.policy", ("policy", request.Name), ("change", "remove")).ConfigureAwait(false);
        return new RemoveTrustResponse();
    }

    public override async Task<CheckTrustResponse> Check(CheckTrustRequest request, ServerCallContext context)
    {
        var decision = await rooms.Images.Trust.Explain(rooms.Images.Store, new TrustAsk(request.Image, request.Trust), request.Offline, context.CancellationToken).ConfigureAwait(false);
        return View(decision);
    }

    public override async Task<FetchRootResponse> FetchRoot(FetchRootRequest request, ServerCallContext context)
    {
        try
        {
            var (record, changed) = await rooms.Images.Trust.Roots.FetchAsync(
                request.Name, request.Root.Memory, new TrustRootOrder(request.From, request.Targets, request.Target), context.CancellationToken).ConfigureAwait(false);
            await rooms.Events.TellDurably(
                "trust.root", ("root", request.Name), ("from", record.From), ("version", record.Version.ToString(CultureInfo.InvariantCulture)), ("changed", changed ? "true" : "false")).ConfigureAwait(false);
            return new FetchRootResponse { Root = View(request.Name, record), Changed = changed };
        }
        catch (ConfigurationException error)
        {
            throw PodException.Invalid(error.Message);
        }
        catch (Exception error) when (error is TufException or RegistryException or OciFormatException or IOException)
        {
            throw PodException.Refused(error.Message, "what policies name stays as it was; see that the repository is whole, and that its root is the one you trust");
        }
    }

    public override Task<ListRootsResponse> ListRoots(ListRootsRequest request, ServerCallContext context)
    {
        var answer = new ListRootsResponse();
        answer.Roots.AddRange(rooms.Images.Trust.Roots.List().Select(static r => View(r.Name, r.Record)));
        return Task.FromResult(answer);
    }

    private static TrustRoot View(string name, TrustRootRecord record) => new()
    {
        Name = name,
        File = TrustRoots.FileOf(name),
        From = record.From,
        Target = record.Target,
        Version = (uint)record.Version,
        FetchedAt = Of(record.FetchedAt),
        Problem = record.Problem,
    };

    private CheckTrustResponse View(Decision decision)
    {
        var view = new CheckTrustResponse
        {
            Image = decision.Subject.Reference?.ToString() ?? string.Empty,
            Digest = decision.Subject.Manifest.Digest.ToString(),
            Allowed = decision.IsAllowed,
            Verified = decision.IsVerified,
            Policy = decision.Policy?.Name ?? string.Empty,
            Place = decision.Policy?.Place ?? string.Empty,
            Why = decision.Why,
            Mend = decision.Mend ?? string.Empty,
            SignedAt = Of(decision.SignedAt),
            GoodUntil = Of(decision.GoodUntil),
            Time = Timestamp.FromDateTimeOffset(Trust.Time.Now()),
            ClockBehindSeconds = (ulong)Trust.Time.Behind.TotalSeconds,
        };
        view.SignedBy.AddRange(decision.SignedBy);
        foreach (var section in decision.Sections)
        {
            var shown = new TrustSection { Title = section.Title };
            shown.Steps.AddRange(section.Steps.Select(static s => new Contracts.Node.V1.TrustStep { Name = s.Name, Outcome = Word(s.Outcome), Why = s.Why, Mend = s.Mend ?? string.Empty }));
            view.Sections.Add(shown);
        }

        return view;
    }

    private static Timestamp? Of(DateTimeOffset? time) => time is { } at ? Timestamp.FromDateTimeOffset(at) : null;

    private static string Word(StepOutcome outcome) => outcome switch
    {
        StepOutcome.Passed => "passed",
        StepOutcome.Failed => "failed",
        StepOutcome.Warned => "warned",
        StepOutcome.NotPresent => "not present",
        _ => "skipped",
    };

    private static TrustPolicy View(PolicyOf policy)
    {
        var view = new TrustPolicy
        {
            Name = policy.Name,
            Place = policy.Place,
            Wants = policy.Wants,
            Drift = policy.Drift.ToString().ToLowerInvariant(),
            Unverified = policy.Unverified == Skerry.Oci.Trust.Policies.UnverifiedAction.Warn ? "warn" : "deny",
        };
        view.Images.AddRange(policy.Images.Select(static i => i.Text));
        view.Attestations.AddRange(policy.Attestations.Select(static a => a.PredicateType));
        return view;
    }
}
