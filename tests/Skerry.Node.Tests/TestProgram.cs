using System.Diagnostics;

namespace Skerry.Node.Tests;

/// <summary>
/// Scripts that tests have executed. A child writes them: a process that another test starts at that moment would inherit the open file of this one, and
/// as long as somebody has a file open for writing nobody may execute it (ETXTBSY, execve(2)).
/// </summary>
internal static class TestProgram
{
    /// <summary>Writes a script for <c>/bin/sh</c> that its owner may execute.</summary>
    internal static void Write(string file, string script)
    {
        using var child = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "cat > \"$0\" && chmod 700 \"$0\"", file]) { RedirectStandardInput = true })!;
        child.StandardInput.Write("#!/bin/sh\n" + script + "\n");
        child.StandardInput.Close();
        child.WaitForExit();
        Assert.Equal(0, child.ExitCode);
    }
}
