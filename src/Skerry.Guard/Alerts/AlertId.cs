using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Alerts;

/// <summary>Identifiers of alerts. The same rule on the same event has the same one, so that an alert is found again in a replay.</summary>
public static class AlertId
{
    /// <summary>The identifier of an alert: a UUID of version 8 (RFC 9562, section 5.8) from what makes the alert the one it is.</summary>
    public static Guid Of(Rule rule, KernelEvent e)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(e);
        const int Numbers = 24;
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> numbers = stackalloc byte[Numbers];
        BinaryPrimitives.WriteInt64LittleEndian(numbers, e.Timestamp);
        BinaryPrimitives.WriteUInt64LittleEndian(numbers[8..], e.Number);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[16..], e.ThreadId);
        byte[] all = [.. numbers, .. e.HostName.Span, 0, .. Encoding.UTF8.GetBytes(rule.Name)];
        SHA256.HashData(all, digest);
        digest[6] = (byte)((digest[6] & 0x0F) | 0x80);
        digest[8] = (byte)((digest[8] & 0x3F) | 0x80);
        return new Guid(digest[..16], bigEndian: true);
    }
}
