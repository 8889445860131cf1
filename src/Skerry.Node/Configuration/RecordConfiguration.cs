namespace Skerry.Node.Configuration;

/// <summary>Reads [record].</summary>
internal static class RecordConfiguration
{
    private const long LeastQuota = 1 << 20;
    private const int MostFlush = 3600;

    /// <summary>Applies one key.</summary>
    /// <param name="options">So far.</param>
    /// <param name="key">With its table: record.quota.</param>
    /// <param name="value">Its value.</param>
    /// <param name="place">File and line, for messages.</param>
    /// <exception cref="ConfigurationException">It is not known, or its value is not allowed.</exception>
    internal static RecordOptions Apply(RecordOptions options, string key, object? value, string place) => key switch
    {
        "record.enabled" => options with { Enabled = NodeConfiguration.Flag(value, key, place) },
        "record.quota" => options with
        {
            Quota = NodeConfiguration.Bytes(value, key, place) is >= LeastQuota and var quota ? quota : throw new ConfigurationException($"{place}: '{key}' takes 1Mi at least; enabled = false records nothing"),
        },
        "record.reserve" => options with { Reserve = NodeConfiguration.Bytes(value, key, place) },
        "record.flush_seconds" => options with { Flush = TimeSpan.FromSeconds(NodeConfiguration.Number(value, key, place, 1, MostFlush)) },
        "record.sync" => options with { Sync = NodeConfiguration.OneOf(value, key, place, "block", "segment") == "block" ? RecordSync.Block : RecordSync.Segment },
        _ => throw new ConfigurationException($"{place}: unknown key '{key}'; deploy/skerry.toml shows every key"),
    };
}
