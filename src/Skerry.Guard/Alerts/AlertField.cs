using Skerry.Guard.Sources;

namespace Skerry.Guard.Alerts;

/// <summary>A field of an alert: the value of a field of the event, or a text that is made of several.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Source">The field; null where it is a text.</param>
/// <param name="Text">The text; null where it is a field.</param>
internal readonly record struct AlertField(string Name, Source? Source, OutputTemplate? Text);
