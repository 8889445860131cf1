namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>A disk (PUT /drives/{drive_id}). Its identifier is letters, digits and _.</summary>
internal sealed record Drive(string DriveId, string PathOnHost, bool IsRootDevice, bool IsReadOnly, CacheType CacheType);
