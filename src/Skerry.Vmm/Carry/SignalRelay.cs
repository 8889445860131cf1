using System.Runtime.InteropServices;

namespace Skerry.Vmm.Carry;

/// <summary>
/// Hands signals that this process is sent on to the program in the guest. Not those that the kernel sends for faults of this process itself,
/// nor SIGKILL and SIGSTOP, which nobody can take: a killed carrier takes its program with it.
/// </summary>
internal sealed class SignalRelay : IDisposable
{
    // asm/signal.h of x86-64 and arm64: HUP INT QUIT USR1 USR2 ALRM TERM CONT TSTP TTIN TTOU URG IO PWR. WINCH is a size, not a signal.
    private static readonly int[] Relayed = [1, 2, 3, 10, 12, 14, 15, 18, 20, 21, 22, 23, 29, 30];
    private const int SigWinch = 28;
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <param name="signal">Gets the number of each signal.</param>
    /// <param name="resized">The terminal has another size.</param>
    internal SignalRelay(Action<int> signal, Action resized)
    {
        foreach (var number in Relayed)
        {
            Add(number, () => signal(number));
        }

        Add(SigWinch, resized);
    }

    public void Dispose() => _registrations.ForEach(static r => r.Dispose());

    private void Add(int number, Action happened) => _registrations.Add(PosixSignalRegistration.Create((PosixSignal)number, context =>
    {
        context.Cancel = true;
        happened();
    }));
}
