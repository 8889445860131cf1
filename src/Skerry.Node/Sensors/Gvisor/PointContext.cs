namespace Skerry.Node.Sensors.Gvisor;

/// <summary>Who did something in a sandbox, and when (ContextData, pkg/sentry/seccheck/points/common.proto). What it says of the container is not read: that is known from the socket.</summary>
internal ref struct PointContext
{
    private const int Time = 1;
    private const int ThreadNumber = 2;
    private const int ProcessNumber = 4;
    private const int ProcessStart = 5;
    private const int Credentials = 7;
    private const int WorkingDirectory = 8;
    private const int ProcessName = 9;
    private const int EffectiveUser = 2;
    private const int EffectiveGroup = 5;

    /// <summary>When, nanoseconds since 1970 by the sandbox's clock.</summary>
    internal long At { get; private set; }

    /// <summary>The thread, in the sandbox.</summary>
    internal int Thread { get; private set; }

    /// <summary>The process, in the sandbox; 0 where it is not said.</summary>
    internal int Process { get; private set; }

    /// <summary>Start of the process, nanoseconds since 1970.</summary>
    internal long Start { get; private set; }

    /// <summary>Effective user, as the container has it.</summary>
    internal uint User { get; private set; }

    /// <summary>Effective group, as the container has it.</summary>
    internal uint Group { get; private set; }

    /// <summary>Working directory.</summary>
    internal ReadOnlySpan<byte> Directory { get; private set; }

    /// <summary>The kernel's name of the process.</summary>
    internal ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Reads it.</summary>
    internal static PointContext Read(ReadOnlySpan<byte> bytes)
    {
        var context = default(PointContext);
        var fields = new WireFields(bytes);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case Time:
                    context.At = (long)fields.Value;
                    break;
                case ThreadNumber:
                    context.Thread = (int)fields.Value;
                    break;
                case ProcessNumber:
                    context.Process = (int)fields.Value;
                    break;
                case ProcessStart:
                    context.Start = (long)fields.Value;
                    break;
                case Credentials:
                    context.ReadCredentials(fields.Bytes);
                    break;
                case WorkingDirectory:
                    context.Directory = fields.Bytes;
                    break;
                case ProcessName:
                    context.Name = fields.Bytes;
                    break;
            }
        }

        return context;
    }

    private void ReadCredentials(ReadOnlySpan<byte> bytes)
    {
        var fields = new WireFields(bytes);
        while (fields.Next())
        {
            (User, Group) = fields.Number switch
            {
                EffectiveUser => ((uint)fields.Value, Group),
                EffectiveGroup => (User, (uint)fields.Value),
                _ => (User, Group),
            };
        }
    }
}
