using Google.Protobuf;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Wire;

/// <summary>One method of the node: its path on the wire and how its answers are read.</summary>
internal sealed record NodeMethod<TRequest, TResponse>(string Path, MessageParser<TResponse> Parser)
    where TRequest : IMessage<TRequest>
    where TResponse : IMessage<TResponse>;

/// <summary>Every method of proto/skerry/node/v1; made when first used, since a command uses one or two.</summary>
internal static class NodeMethods
{
    private const string Pods = "/skerry.node.v1.Pods/";
    private const string Images = "/skerry.node.v1.Images/";
    private const string Audit = "/skerry.node.v1.Audit/";
    private const string Trust = "/skerry.node.v1.Trust/";
    private const string Node = "/skerry.node.v1.Node/";
    private const string Record = "/skerry.node.v1.Record/";
    private const string Guard = "/skerry.node.v1.Guard/";

    internal static NodeMethod<RunRequest, RunResponse> Run => new(Pods + "Run", RunResponse.Parser);

    internal static NodeMethod<PlanRequest, PlanResponse> Plan => new(Pods + "Plan", PlanResponse.Parser);

    internal static NodeMethod<ListPodsRequest, ListPodsResponse> List => new(Pods + "List", ListPodsResponse.Parser);

    internal static NodeMethod<InspectPodRequest, InspectPodResponse> Inspect => new(Pods + "Inspect", InspectPodResponse.Parser);

    internal static NodeMethod<StartRequest, StartResponse> Start => new(Pods + "Start", StartResponse.Parser);

    internal static NodeMethod<StopRequest, StopResponse> Stop => new(Pods + "Stop", StopResponse.Parser);

    internal static NodeMethod<KillRequest, KillResponse> Kill => new(Pods + "Kill", KillResponse.Parser);

    internal static NodeMethod<RemovePodRequest, RemovePodResponse> Remove => new(Pods + "Remove", RemovePodResponse.Parser);

    internal static NodeMethod<PauseRequest, PauseResponse> Pause => new(Pods + "Pause", PauseResponse.Parser);

    internal static NodeMethod<ResumeRequest, ResumeResponse> Resume => new(Pods + "Resume", ResumeResponse.Parser);

    internal static NodeMethod<WaitRequest, WaitResponse> Wait => new(Pods + "Wait", WaitResponse.Parser);

    internal static NodeMethod<ExecRequest, StreamResponse> Exec => new(Pods + "Exec", StreamResponse.Parser);

    internal static NodeMethod<AttachRequest, StreamResponse> Attach => new(Pods + "Attach", StreamResponse.Parser);

    internal static NodeMethod<LogsRequest, LogEntry> Logs => new(Pods + "Logs", LogEntry.Parser);

    internal static NodeMethod<StatsRequest, StatsResponse> Stats => new(Pods + "Stats", StatsResponse.Parser);

    internal static NodeMethod<EventsRequest, Event> Events => new(Pods + "Events", Event.Parser);

    internal static NodeMethod<UpdateRequest, UpdateResponse> Update => new(Pods + "Update", UpdateResponse.Parser);

    internal static NodeMethod<CopyInRequest, CopyInResponse> CopyIn => new(Pods + "CopyIn", CopyInResponse.Parser);

    internal static NodeMethod<CopyOutRequest, CopyOutResponse> CopyOut => new(Pods + "CopyOut", CopyOutResponse.Parser);

    internal static NodeMethod<PullImageRequest, PullImageResponse> PullImage => new(Images + "Pull", PullImageResponse.Parser);

    internal static NodeMethod<ListImagesRequest, ListImagesResponse> ListImages => new(Images + "List", ListImagesResponse.Parser);

    internal static NodeMethod<InspectImageRequest, InspectImageResponse> InspectImage => new(Images + "Inspect", InspectImageResponse.Parser);

    internal static NodeMethod<RemoveImageRequest, RemoveImageResponse> RemoveImage => new(Images + "Remove", RemoveImageResponse.Parser);

    internal static NodeMethod<PruneImagesRequest, PruneImagesResponse> PruneImages => new(Images + "Prune", PruneImagesResponse.Parser);

    internal static NodeMethod<ImportImageRequest, ImportImageResponse> ImportImage => new(Images + "Import", ImportImageResponse.Parser);

    internal static NodeMethod<ExportImageRequest, ExportImageResponse> ExportImage => new(Images + "Export", ExportImageResponse.Parser);

    internal static NodeMethod<TagImageRequest, TagImageResponse> TagImage => new(Images + "Tag", TagImageResponse.Parser);

    internal static NodeMethod<ScrubImagesRequest, ScrubImagesResponse> ScrubImages => new(Images + "Scrub", ScrubImagesResponse.Parser);

    internal static NodeMethod<SignImageRequest, SignImageResponse> SignImage => new(Images + "Sign", SignImageResponse.Parser);

    internal static NodeMethod<SignHeldRequest, SignHeldResponse> SignHeld => new(Images + "SignHeld", SignHeldResponse.Parser);

    internal static NodeMethod<ListTrustRequest, ListTrustResponse> ListTrust => new(Trust + "List", ListTrustResponse.Parser);

    internal static NodeMethod<AddTrustRequest, AddTrustResponse> AddTrust => new(Trust + "Add", AddTrustResponse.Parser);

    internal static NodeMethod<RemoveTrustRequest, RemoveTrustResponse> RemoveTrust => new(Trust + "Remove", RemoveTrustResponse.Parser);

    internal static NodeMethod<CheckTrustRequest, CheckTrustResponse> CheckTrust => new(Trust + "Check", CheckTrustResponse.Parser);

    internal static NodeMethod<FetchRootRequest, FetchRootResponse> FetchRoot => new(Trust + "FetchRoot", FetchRootResponse.Parser);

    internal static NodeMethod<ListRootsRequest, ListRootsResponse> ListRoots => new(Trust + "ListRoots", ListRootsResponse.Parser);

    internal static NodeMethod<DescribeNodeRequest, DescribeNodeResponse> DescribeNode => new(Node + "Describe", DescribeNodeResponse.Parser);

    internal static NodeMethod<LatticeRequest, LatticeResponse> Lattice => new(Node + "Lattice", LatticeResponse.Parser);

    internal static NodeMethod<DiagnoseNodeRequest, DiagnoseNodeResponse> DiagnoseNode => new(Node + "Diagnose", DiagnoseNodeResponse.Parser);

    internal static NodeMethod<DescribeAuditRequest, DescribeAuditResponse> DescribeAudit => new(Audit + "Describe", DescribeAuditResponse.Parser);

    internal static NodeMethod<ReadAuditRequest, ReadAuditResponse> ReadAudit => new(Audit + "Read", ReadAuditResponse.Parser);

    internal static NodeMethod<AuditFileRequest, AuditFileResponse> AuditFile => new(Audit + "File", AuditFileResponse.Parser);

    internal static NodeMethod<ProveAuditRequest, ProveAuditResponse> ProveAudit => new(Audit + "Prove", ProveAuditResponse.Parser);

    internal static NodeMethod<ReadRecordRequest, ReadRecordResponse> ReadRecord => new(Record + "Read", ReadRecordResponse.Parser);

    internal static NodeMethod<RecordStatusRequest, RecordStatusResponse> RecordStatus => new(Record + "Status", RecordStatusResponse.Parser);

    internal static NodeMethod<AlertsRequest, Alert> Alerts => new(Guard + "Alerts", Alert.Parser);

    internal static NodeMethod<GuardEventsRequest, GuardEvent> GuardEvents => new(Guard + "Events", GuardEvent.Parser);

    internal static NodeMethod<GuardStatusRequest, GuardStatusResponse> GuardStatus => new(Guard + "Status", GuardStatusResponse.Parser);

    internal static NodeMethod<ReadRulesRequest, ReadRulesResponse> ReadRules => new(Guard + "ReadRules", ReadRulesResponse.Parser);

    internal static NodeMethod<QuarantineRequest, QuarantineResponse> Quarantine => new(Guard + "Quarantine", QuarantineResponse.Parser);

    internal static NodeMethod<ReleaseRequest, ReleaseResponse> Release => new(Guard + "Release", ReleaseResponse.Parser);

    internal static NodeMethod<ListCapturesRequest, ListCapturesResponse> ListCaptures => new(Guard + "ListCaptures", ListCapturesResponse.Parser);

    internal static NodeMethod<RemoveCaptureRequest, RemoveCaptureResponse> RemoveCapture => new(Guard + "RemoveCapture", RemoveCaptureResponse.Parser);

    internal static NodeMethod<StartMaintenanceRequest, StartMaintenanceResponse> StartMaintenance => new(Guard + "StartMaintenance", StartMaintenanceResponse.Parser);

    internal static NodeMethod<ListMaintenanceRequest, ListMaintenanceResponse> ListMaintenance => new(Guard + "ListMaintenance", ListMaintenanceResponse.Parser);

    internal static NodeMethod<StopMaintenanceRequest, StopMaintenanceResponse> StopMaintenance => new(Guard + "StopMaintenance", StopMaintenanceResponse.Parser);

    internal static NodeMethod<ReloadRulesRequest, ReloadRulesResponse> ReloadRules => new(Guard + "ReloadRules", ReloadRulesResponse.Parser);
}
