using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Node.Pods;

namespace Skerry.Node.Api;

/// <summary>Tells a monitor the size of the caller's terminal: a line in its control FIFO (conmon's ctrl.c, WIN_RESIZE_EVENT 1).</summary>
internal static class TerminalControl
{
    private const uint MostCells = 10_000;

    internal static void Resize(string bundle, TerminalSize? size)
    {
        if (Checked(size) is not { Columns: > 0, Rows: > 0 })
        {
            return;
        }

        try
        {
            ProcFile.Write(Path.Combine(bundle, "ctl"), string.Create(CultureInfo.InvariantCulture, $"1 {size!.Rows} {size.Columns}\n"));
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT or Errno.ENXIO or Errno.EPIPE)
        {
            // The container has ended; there is no terminal any more.
        }
    }

    /// <summary>Refuses a size that no terminal has.</summary>
    internal static TerminalSize? Checked(TerminalSize? size) => size is { Columns: > MostCells } or { Rows: > MostCells }
        ? throw PodException.Invalid($"terminal: {size.Columns}×{size.Rows} is larger than {MostCells}×{MostCells}")
        : size;
}
