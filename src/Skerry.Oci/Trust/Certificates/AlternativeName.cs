namespace Skerry.Oci.Trust.Certificates;

/// <summary>A name of a certificate's subject besides the distinguished one.</summary>
/// <param name="Kind"><c>email</c>, <c>uri</c>, <c>dns</c> or <c>other</c> (Fulcio's otherName).</param>
internal readonly record struct AlternativeName(string Kind, string Value);
