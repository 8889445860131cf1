using System.Globalization;
using System.Text;

namespace Skerry.Node.Sensors.Drift;

/// <summary>One mount as a process sees it: a line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).</summary>
/// <param name="Id">The mount.</param>
/// <param name="Place">Where it is, below the root of the process.</param>
/// <param name="Options">Options of the mount.</param>
/// <param name="Type">The file system's.</param>
internal readonly record struct MountLine(ulong Id, string Place, string Options, string Type)
{
    /// <summary>File systems that hold what the kernel says, and no file that anybody wrote.</summary>
    private static readonly string[] OfTheKernel = ["proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "devtmpfs", "securityfs", "debugfs", "tracefs", "bpf"];

    /// <summary>A file could be written and executed there.</summary>
    internal bool CanHoldPrograms => !Has("ro") && !Has("noexec") && !OfTheKernel.Contains(Type, StringComparer.Ordinal);

    /// <summary>Reads a line; null for what is none.</summary>
    internal static MountLine? Parse(string line)
    {
        var fields = line.Split(' ');
        var mark = Array.IndexOf(fields, "-");
        return mark >= 6 && fields.Length > mark + 1 && ulong.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new MountLine(id, Unescape(fields[4]), fields[5], fields[mark + 1])
            : null;
    }

    private bool Has(string option) => Options.Split(',').Contains(option, StringComparer.Ordinal);

    /// <summary>Blanks and backslashes are written as three octal digits.</summary>
    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length && text.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                result.Append((char)Convert.ToInt32(text.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }
}
