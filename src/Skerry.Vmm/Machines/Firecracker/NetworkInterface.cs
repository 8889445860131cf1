namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>A network card behind a tap (PUT /network-interfaces/{iface_id}).</summary>
internal sealed record NetworkInterface(string IfaceId, string HostDevName, string GuestMac);
