using System.Text;
using Skerry.Linux.Terminals;

namespace Skerry.Cli.Terminals;

/// <summary>Asks whoever sits at the terminal for a secret, and does not show it.</summary>
internal static class HiddenPrompt
{
    private const int Longest = 1024;
    private const byte Interrupt = 3; // Ctrl-C
    private const byte End = 4; // Ctrl-D
    private const byte Erase = 0x7f;

    /// <summary>What was typed; null where nobody can be asked, or nothing was typed.</summary>
    /// <exception cref="CliFailure">It was interrupted.</exception>
    internal static string? Ask(CliContext context, string words)
    {
        if (!Terminal.Is(StandardStream.In) || !Terminal.Is(StandardStream.Error))
        {
            return null;
        }

        var typed = new byte[Longest];
        var length = 0;
        using (RawTerminal.Enter(StandardStream.In))
        {
            // Asked when nothing that is typed is shown any more.
            context.Error.Write(words);
            context.Error.Flush();
            var key = new byte[1];
            while (StandardStream.Read(StandardStream.In, key) == 1 && key[0] is not ((byte)'\r' or (byte)'\n' or End))
            {
                switch (key[0])
                {
                    case Interrupt:
                        throw new CliFailure("interrupted", exitCode: ExitCodes.SignalBase + 2);
                    case Erase or (byte)'\b':
                        length = Math.Max(0, length - 1);
                        break;
                    case var _ when length < Longest:
                        typed[length++] = key[0];
                        break;
                }
            }
        }

        context.Error.Line("");
        var text = Encoding.UTF8.GetString(typed, 0, length);
        Array.Clear(typed);
        return text.Length > 0 ? text : null;
    }
}
