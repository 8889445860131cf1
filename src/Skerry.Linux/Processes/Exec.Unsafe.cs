using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>
/// Becomes another program: same process id, environment, working directory and standard streams. Nothing after it runs.
/// </summary>
public static class Exec
{
    /// <summary>Replaces this process by <paramref name="path"/>; what is returned is why it could not.</summary>
    /// <param name="path">The program's file; no search along PATH.</param>
    /// <param name="arguments">The whole argument vector, argv[0] first.</param>
    /// <returns>The kernel's refusal (execve(2)): ENOENT, EACCES, ENOEXEC …</returns>
    public static unsafe LinuxException Replace(string path, IReadOnlyList<string> arguments)
    {
        var strings = new nint[arguments.Count + 1];
        for (var i = 0; i < arguments.Count; i++)
        {
            strings[i] = Marshal.StringToCoTaskMemUTF8(arguments[i]);
        }

        var name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            // The base library ignores SIGPIPE for itself, and an ignored signal would stay ignored in the new program.
            ExecCalls.Signal(ExecCalls.SIGPIPE, ExecCalls.SIG_DFL);
            fixed (nint* argv = strings)
            {
                _ = ExecCalls.ExecV((byte*)name, (byte**)argv);
            }

            return LinuxException.Last("execve", path);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
            foreach (var text in strings)
            {
                Marshal.FreeCoTaskMem(text);
            }
        }
    }
}
