namespace Skerry.Vmm.Machines.Api;

/// <summary>What came from a VMM is no answer.</summary>
internal sealed class VmmAnswerException(string message) : Exception(message);
