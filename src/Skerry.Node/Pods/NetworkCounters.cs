using System.Globalization;

namespace Skerry.Node.Pods;

/// <summary>Bytes that a network namespace received and sent, over all its interfaces but the loopback.</summary>
internal readonly record struct NetworkCounters(ulong Received, ulong Sent)
{
    /// <summary>Reads those of a process; zeros when it is gone.</summary>
    internal static NetworkCounters Of(int pid)
    {
        try
        {
            return Parse(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/net/dev")));
        }
        catch (IOException)
        {
            return default;
        }
    }

    /// <summary>From the text of /proc/PID/net/dev: two lines of headings, then <c>NAME: RX-BYTES +7 TX-BYTES +7</c> (proc_pid_net(5)).</summary>
    internal static NetworkCounters Parse(string text)
    {
        const int SentColumn = 8;
        ulong received = 0, sent = 0;
        foreach (var line in text.Split('\n'))
        {
            var colon = line.LastIndexOf(':');
            if (colon < 0 || line.AsSpan(0, colon).Trim() is "lo")
            {
                continue;
            }

            var fields = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > SentColumn
                && ulong.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var rx)
                && ulong.TryParse(fields[SentColumn], NumberStyles.None, CultureInfo.InvariantCulture, out var tx))
            {
                received += rx;
                sent += tx;
            }
        }

        return new NetworkCounters(received, sent);
    }
}
