namespace Skerry.Cli.Attaching;

/// <summary>How a terminal or pipe is tied to a container.</summary>
/// <param name="Stdin">Standard input goes to the container.</param>
/// <param name="Tty">The container has a terminal: raw keys, resizing, detach keys.</param>
/// <param name="SignalProxy">Signals to this process go to the container, where it has no terminal.</param>
/// <param name="DetachKeys">The keys that leave the container alone; null: ctrl-p,ctrl-q.</param>
internal sealed record AttachOptions(bool Stdin, bool Tty, bool SignalProxy, string? DetachKeys = null);
