namespace Skerry.Guard.Fields;

/// <summary>A field is not known, or is used as it cannot be.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="isUnknown">True where a newer engine might know it: rules may ask to be skipped then.</param>
internal sealed class FieldException(string message, bool isUnknown = false) : Exception(message)
{
    public bool IsUnknown { get; } = isUnknown;
}
