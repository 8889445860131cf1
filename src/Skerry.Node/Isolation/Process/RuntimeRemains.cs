namespace Skerry.Node.Isolation.Process;

/// <summary>What is left of a container that a runtime knows.</summary>
internal enum RuntimeRemains
{
    /// <summary>It may run, or the runtime keeps more of it than files, or cannot be understood: the runtime must be asked.</summary>
    Unknown,

    /// <summary>Its program and kernel are gone; what served them is about to end.</summary>
    Ending,

    /// <summary>The runtime's files, which <see cref="RuntimeDialect.Drop"/> removes as the runtime would, without a start of it.</summary>
    Files,
}
