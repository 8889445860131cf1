namespace Skerry.Node.Isolation.Process;

/// <summary>What an OCI runtime says when it fails, put into the node's words and exit codes.</summary>
internal static class RuntimeError
{
    /// <summary>Exit codes as docker gives them: 127 not found, 126 cannot be run.</summary>
    internal static IsolationException From(string step, string said)
    {
        var text = said.Trim();
        // runc writes several lines of JSON or text; the last says most.
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var last = lines.Length == 0 ? text : lines[^1];
        int? code = null;
        if (Has(text, "executable file") && (Has(text, "not found") || Has(text, "no such file")))
        {
            code = 127;
        }
        else if ((Has(text, "exec") || Has(text, "failed to load")) && Has(text, "no such file or directory"))
        {
            code = 127;
        }
        else if (Has(text, "permission denied") || Has(text, "exec format error") || Has(text, "is a directory") || Has(text, "cannot find")
            || Has(text, "open executable: operation not permitted")) // crun's word for a directory
        {
            code = 126;
        }

        var hint = Has(last, "too many open files") ? " (the container's limit of open files holds for the runtime too: raise nofile)"
            : Has(last, "fork: resource temporarily unavailable") ? " (the container's limit of processes holds for the runtime too: raise nproc)" : "";
        return new IsolationException($"{step}: {last}{hint}") { ExitCode = code };
    }

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
