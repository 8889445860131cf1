using System.Collections.Concurrent;
using Skerry.Guard.Events;
using Skerry.Guard.Patterns;

namespace Skerry.Guard.Fields;

/// <summary>Mounts of a container, found by number or by a path that may be a shell pattern.</summary>
internal static class MountText
{
    private static readonly ConcurrentDictionary<string, GlobPattern> Patterns = new(StringComparer.Ordinal);

    public static Text All(KernelEvent e)
    {
        if (e.Container is not { } container)
        {
            return default;
        }

        var scratch = e.Scratch.Begin();
        for (var i = 0; i < container.Mounts.Count; i++)
        {
            Write(i > 0 ? scratch.Append((byte)' ') : scratch, container.Mounts[i]);
        }

        return scratch.Take();
    }

    /// <summary>A mount with all its parts; "none" where there is none such.</summary>
    public static Text Whole(KernelEvent e, FieldArgument argument)
    {
        if (e.Container is null)
        {
            return default;
        }

        if (Find(e, argument) is not { } mount)
        {
            return KnownTexts.None;
        }

        Write(e.Scratch.Begin(), mount);
        return e.Scratch.Take();
    }

    public static ContainerMount? Find(KernelEvent e, FieldArgument argument, bool byDestination = false)
    {
        if (e.Container is not { } container)
        {
            return null;
        }

        if (argument.Key is null)
        {
            return argument.Index < container.Mounts.Count ? container.Mounts[argument.Index] : null;
        }

        var pattern = Patterns.GetOrAdd(argument.Key, static key => new GlobPattern(key));
        for (var i = 0; i < container.Mounts.Count; i++)
        {
            var mount = container.Mounts[i];
            if (pattern.Matches((byDestination ? mount.Destination : mount.Source).Span))
            {
                return mount;
            }
        }

        return null;
    }

    private static void Write(Scratch scratch, ContainerMount mount) => scratch
        .Append(mount.Source.Span).Append((byte)':').Append(mount.Destination.Span).Append((byte)':').Append(mount.Mode.Span).Append((byte)':')
        .Append(mount.IsWritable ? "true"u8 : "false"u8).Append((byte)':').Append(mount.Propagation.Span);
}
