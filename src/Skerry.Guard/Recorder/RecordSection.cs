namespace Skerry.Guard.Recorder;

/// <summary>The parts of a block's content, in their order: tables first, then a column for each property of the events.</summary>
internal enum RecordSection
{
    Texts,
    Types,
    Shapes,
    Users,
    Pods,
    Containers,
    Descriptors,
    Processes,
    Shape,
    Number,
    Time,
    SinceStart,
    SincePrevious,
    Processor,
    Result,
    Thread,
    VirtualThread,
    Process,
    DescriptorNumber,
    Descriptor,
    Host,
    NumberArguments,
    TextArguments,
}
