using System.Collections;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Processes;
using Skerry.Linux.Terminals;

namespace Skerry.Runtime.Beneath;

/// <summary>Calls of the runtime beneath that this program outlives.</summary>
internal static class Child
{
    /// <summary>Calls it with our standard streams and the descriptors that the caller passes on; gives its exit code.</summary>
    internal static int Run(RuntimeBeneath runtime, IReadOnlyList<string> arguments, int passedFrom3, FileDescriptor? also)
    {
        var descriptors = new List<(int Number, FileDescriptor Descriptor)>();
        for (var number = 0; number < 3 + passedFrom3; number++)
        {
            if (Inheritance.IsOpen(number))
            {
                descriptors.Add((number, new FileDescriptor(number)));
            }
        }

        if (also is not null)
        {
            descriptors.Add((also.Number, also));
        }

        using var child = Spawn.Start(new SpawnRequest
        {
            Path = runtime.Path,
            Arguments = arguments,
            Environment = Inherited(),
            Descriptors = descriptors,
        });
        return child.Wait(Timeout.InfiniteTimeSpan) ?? 1;
    }

    /// <summary>Calls it and gives what it wrote, warnings apart from the answer; a container it makes gets no stream of ours.</summary>
    internal static Captured Capture(RuntimeBeneath runtime, IReadOnlyList<string> arguments)
    {
        // Files, not pipes: what the runtime leaves running may hold them open for ever.
        using var output = MemoryFile.CreateEmpty("skerry-output");
        using var error = MemoryFile.CreateEmpty("skerry-error");
        using var child = Spawn.Start(new SpawnRequest
        {
            Path = runtime.Path,
            Arguments = arguments,
            Environment = Inherited(),
            Descriptors = [(StandardStream.Out, output), (StandardStream.Error, error)],
        });
        var code = child.Wait(TimeSpan.FromSeconds(20));
        if (code is null)
        {
            child.Signal(9);
            code = child.Wait(Timeout.InfiniteTimeSpan);
        }

        return new Captured(code ?? 1, Encoding.UTF8.GetString(MemoryFile.Content(output)), Encoding.UTF8.GetString(MemoryFile.Content(error)));
    }

    private static List<string> Inherited()
    {
        var all = new List<string>();
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            all.Add($"{entry.Key}={entry.Value}");
        }

        return all;
    }
}
