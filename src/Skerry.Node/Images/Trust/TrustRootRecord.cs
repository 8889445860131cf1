using System.Text.Json.Serialization;

namespace Skerry.Node.Images.Trust;

/// <summary>What is kept of a trusted root that comes from a repository of The Update Framework.</summary>
/// <param name="From">Address or directory of the repository's metadata.</param>
/// <param name="Targets">Address or directory of its targets.</param>
/// <param name="Target">The file that is wanted of it.</param>
/// <param name="Version">Of the repository's root that is trusted.</param>
/// <param name="FetchedAt">When the repository said last that this is its newest; null: never yet.</param>
/// <param name="Problem">Of the last attempt; empty when it went well.</param>
internal sealed record TrustRootRecord(string From, string Targets, string Target, int Version, DateTimeOffset? FetchedAt, string Problem);

/// <summary>Source-generated JSON of it.</summary>
[JsonSerializable(typeof(TrustRootRecord))]
internal sealed partial class TrustRootJson : JsonSerializerContext;
