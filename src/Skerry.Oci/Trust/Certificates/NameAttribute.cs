namespace Skerry.Oci.Trust.Certificates;

/// <summary>One attribute of a distinguished name.</summary>
/// <param name="Type">Short name where it has one (<c>CN</c>, <c>O</c>, <c>ST</c> …), else the object identifier.</param>
internal readonly record struct NameAttribute(string Type, string Value);
