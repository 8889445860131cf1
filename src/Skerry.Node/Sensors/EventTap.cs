using System.Text;
using System.Threading.Channels;
using Skerry.Guard.Alerts;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Node.Sensors;

/// <summary>Follows events live. Made into text on the sensor's thread, as long as somebody listens; what a slow listener does not take is counted and left out.</summary>
internal sealed class EventTap : IDisposable
{
    private const int Backlog = 4096;

    /// <summary>A rule that never judges: its message is how an event's arguments read.</summary>
    private const string Shown = "- rule: event\n  desc: for people\n  condition: evt.num > 0\n  output: \"%evt.args\"\n  priority: DEBUG\n";

    private readonly Channel<SeenEvent> _channel;
    private readonly AlertWriter _writer = new();
    private readonly EventJudge _judge;
    private readonly string _containerId;
    private readonly Rule _shown;
    private long _skipped;

    /// <param name="judge">Whose events.</param>
    /// <param name="containerId">Of one container; empty for all.</param>
    internal EventTap(EventJudge judge, string containerId)
    {
        (_judge, _containerId) = (judge, containerId);
        var loader = new RuleLoader(new RuleLoaderOptions { AppendsContainer = false });
        loader.Load("built in", Shown);
        _shown = loader.Rules[0];
        _channel = Channel.CreateBounded<SeenEvent>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }, _ => Interlocked.Increment(ref _skipped));
        _judge.Seen += Take;
    }

    /// <summary>The events.</summary>
    internal ChannelReader<SeenEvent> Reader => _channel.Reader;

    /// <summary>Events that were left out since this was last asked.</summary>
    internal long TakeSkipped() => Interlocked.Exchange(ref _skipped, 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        _judge.Seen -= Take;
        _channel.Writer.TryComplete();
    }

    private void Take(KernelEvent e)
    {
        if (e.Process is not { Container: { } container } process || (_containerId.Length > 0 && container.FullId != (Text)_containerId))
        {
            return;
        }

        _channel.Writer.TryWrite(new SeenEvent(
            e.Timestamp, e.Type.Name, container.Name.ToString(), process.CommandLine.ToString(), process.Pid, Encoding.UTF8.GetString(_writer.Message(_shown, e))));
    }
}
