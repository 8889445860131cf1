namespace Skerry.Node.Configuration;

/// <summary>The daemon's log: one line an event on standard error, JSON where configured; the service manager keeps it.</summary>
internal static class NodeConsole
{
    internal static ILoggingBuilder AddNodeConsole(this ILoggingBuilder logging, NodeOptions options)
    {
        logging.SetMinimumLevel(options.LogLevel);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Grpc", LogLevel.Warning);
        logging.AddProvider(new LineLoggerProvider(options.LogAsJson, TimeProvider.System));
        return logging;
    }
}
