namespace Skerry.Guard.Recorder;

/// <summary>What is to be written does not fit into the block any more.</summary>
internal sealed class BlockFullException() : Exception("the block holds no more");
