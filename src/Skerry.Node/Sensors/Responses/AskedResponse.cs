namespace Skerry.Node.Sensors.Responses;

/// <summary>Something that the sensor's thread does not do itself.</summary>
/// <param name="Action">What is to be done.</param>
/// <param name="Container">Where.</param>
/// <param name="Rule">Name of the rule that fired.</param>
internal sealed record AskedResponse(ResponseAction Action, SensedContainer Container, string Rule);
