namespace Skerry.Linux.Bpf;

/// <summary>Which program tells a call (enum call_handler, bpf/include/contract.h).</summary>
public enum CallHandler : byte
{
    /// <summary>It is not told.</summary>
    None = 0,

    /// <summary>Arguments, paths and a descriptor.</summary>
    Plain = 1,

    /// <summary>A file is opened.</summary>
    Open = 2,

    /// <summary>A socket and an address.</summary>
    Network = 3,

    /// <summary>A program that could not be started.</summary>
    Start = 4,

    /// <summary>The working directory, as it is after the call.</summary>
    Directory = 5,

    /// <summary>Capabilities, as they are after the call.</summary>
    Capabilities = 6,

    /// <summary>Messages, each with its address: a record for each that goes elsewhere than the one before.</summary>
    Messages = 7,
}
