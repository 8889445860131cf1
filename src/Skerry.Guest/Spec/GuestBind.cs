namespace Skerry.Guest.Spec;

/// <summary>A file or directory of the guest that a container sees at another place.</summary>
internal sealed record GuestBind(string Destination, string Source, bool ReadOnly);
