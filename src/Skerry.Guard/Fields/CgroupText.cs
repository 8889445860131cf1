using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>One of the cgroups of a process.</summary>
internal static class CgroupText
{
    public static Text Of(ProcessFacts? process, string? controller)
    {
        if (process is null || controller is null)
        {
            return default;
        }

        var all = process.Cgroups;
        var at = 0;
        foreach (var range in all.Span.Split((byte)' '))
        {
            (at, var length) = range.GetOffsetAndLength(all.Length);
            var entry = all.Slice(at, length);
            var equals = entry.Span.IndexOf((byte)'=');
            if (equals == controller.Length && System.Text.Ascii.Equals(entry.Span[..equals], controller))
            {
                return entry.Slice(equals + 1, entry.Length - equals - 1);
            }
        }

        return default;
    }
}
