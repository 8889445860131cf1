using System.Globalization;

namespace Skerry.Node.Isolation.Cgroups;

/// <summary>Bytes that a group read and wrote, summed over devices.</summary>
internal static class CgroupIo
{
    /// <summary>blkio.throttle.io_service_bytes: <c>8:0 Read 4096</c>.</summary>
    internal static (ulong Read, ulong Written) ParseLegacy(string? text)
    {
        var (read, written) = (0UL, 0UL);
        foreach (var line in (text ?? "").Split('\n'))
        {
            var fields = line.Split(' ');
            if (fields.Length != 3 || !ulong.TryParse(fields[2], CultureInfo.InvariantCulture, out var bytes))
                continue;
            if (fields[1] == "Read")
                read += bytes;
            else if (fields[1] == "Write")
                written += bytes;
        }

        return (read, written);
    }

    /// <summary>io.stat: <c>8:0 rbytes=4096 wbytes=0 …</c>.</summary>
    internal static (ulong Read, ulong Written) ParseUnified(string? text)
    {
        var (read, written) = (0UL, 0UL);
        foreach (var field in (text ?? "").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (field.StartsWith("rbytes=", StringComparison.Ordinal))
                read += CgroupFiles.Number(field[7..]) ?? 0;
            else if (field.StartsWith("wbytes=", StringComparison.Ordinal))
                written += CgroupFiles.Number(field[7..]) ?? 0;
        }

        return (read, written);
    }
}
