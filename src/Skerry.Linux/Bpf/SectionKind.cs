namespace Skerry.Linux.Bpf;

/// <summary>What a section of a record holds (enum section_kind, bpf/include/contract.h).</summary>
public enum SectionKind : ushort
{
    /// <summary>No section.</summary>
    None = 0,

    /// <summary>A text argument.</summary>
    Text0 = 1,

    /// <summary>A text argument.</summary>
    Text1 = 2,

    /// <summary>A text argument.</summary>
    Text2 = 3,

    /// <summary>Path of the directory that the first text is relative to.</summary>
    Directory0 = 4,

    /// <summary>Path of the directory that the second text is relative to.</summary>
    Directory1 = 5,

    /// <summary>A <see cref="DescriptorState"/>.</summary>
    Descriptor = 6,

    /// <summary>Path of the file behind the descriptor.</summary>
    File = 7,

    /// <summary>struct sockaddr as the caller gave it.</summary>
    Address = 8,

    /// <summary>sun_path.</summary>
    Unix = 9,

    /// <summary>The command line, each word with a NUL.</summary>
    Arguments = 10,

    /// <summary>The environment, each variable with a NUL.</summary>
    Environment = 11,

    /// <summary>Path of the program.</summary>
    Program = 12,

    /// <summary>Path of the working directory.</summary>
    WorkingDirectory = 13,

    /// <summary>A <see cref="ProcessState"/>.</summary>
    Process = 14,
}
