using Google.Protobuf;
using Skerry.Node.Sensors.Gvisor;

namespace Skerry.Node.Tests.Sensors.Gvisor;

/// <summary>Writes messages as gVisor's remote sink does: fields by their numbers (pkg/sentry/seccheck/points).</summary>
internal sealed class PointBytes
{
    private readonly MemoryStream _bytes = new();

    /// <summary>A message that says who did it.</summary>
    /// <param name="process">Process and thread.</param>
    /// <param name="name">Name of the process.</param>
    /// <param name="start">Start of the process, nanoseconds since 1970.</param>
    /// <param name="directory">Working directory.</param>
    /// <param name="user">Effective user.</param>
    /// <param name="container">What it says the container is.</param>
    internal static PointBytes By(int process, string name, long start, string directory = "/", uint user = 0, string container = "") => new PointBytes().Message(1, new PointBytes()
        .Number(1, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000).Number(2, process).Number(3, start).Number(4, process).Number(5, start)
        .Text(6, container).Message(7, new PointBytes().Number(2, user).Number(5, user)).Text(8, directory).Text(9, name));

    internal PointBytes Number(int field, long value) => Write(output =>
    {
        if (value != 0)
        {
            output.WriteTag(field, WireFormat.WireType.Varint);
            output.WriteInt64(value);
        }
    });

    internal PointBytes Text(int field, string text) => Bytes(field, System.Text.Encoding.UTF8.GetBytes(text), isWritten: text.Length > 0);

    internal PointBytes Bytes(int field, byte[] bytes, bool isWritten = true) => Write(output =>
    {
        if (isWritten)
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(bytes));
        }
    });

    internal PointBytes Message(int field, PointBytes message) => Bytes(field, message.ToArray());

    /// <summary>What a call returned.</summary>
    internal PointBytes Returned(long result) => Message(2, result < 0 ? new PointBytes().Number(2, -result) : new PointBytes().Number(1, result));

    internal byte[] ToArray() => _bytes.ToArray();

    /// <summary>The whole message of the stream, with its head.</summary>
    internal byte[] Framed(PointKind kind, uint dropped = 0) => [8, 0, (byte)kind, 0, .. BitConverter.GetBytes(dropped), .. ToArray()];

    private PointBytes Write(Action<CodedOutputStream> write)
    {
        var output = new CodedOutputStream(_bytes, leaveOpen: true);
        write(output);
        output.Flush();
        return this;
    }
}
