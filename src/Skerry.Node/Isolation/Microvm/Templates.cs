using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Spec;
using Skerry.Oci;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// The templates of this node: one for each shape and trust domain, so that pods of two domains never have a page in common. A pod for which there
/// is none boots cold, and one is made meanwhile. They are of this daemon and these files, and go with it.
/// </summary>
/// <remarks>Safe for several threads.</remarks>
internal sealed class Templates(Func<MachineChoice, MachineShape, JailRoot, CancellationToken, Task<Template>> make, ILogger log, TimeProvider clock)
{
    /// <summary>Each takes the memory that a booted guest uses; the one that was used least lately goes.</summary>
    internal const int Most = 4;

    private const string Label = "skerry.io/trust-domain";
    private const int PauseMinutes = 5;
    private readonly Lock _lock = new(); // guards _known and what is in it
    private readonly Dictionary<(string Domain, MachineShape Shape), Entry> _known = [];
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Called when one was made.</summary>
    internal Action? Made { private get; set; }

    /// <summary>Whom a pod trusts with pages of its machine: its label says so; without one, those that run images of the same repositories.</summary>
    internal static string DomainOf(TierPod pod) => pod.Spec.Labels.TryGetValue(Label, out var named) && named.Length > 0
        ? "label " + named
        : "image " + string.Join(' ', pod.Spec.Containers.Select(static c => Repository(c.Image)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    /// <summary>A reference without its tag and digest; an id, which says nothing of where the image is from, is its own.</summary>
    private static string Repository(string image) =>
        !image.StartsWith("sha256:", StringComparison.Ordinal) && ImageReference.TryParse(image, out var reference) ? reference.Name : image;

    /// <summary>Offers a machine the template of its shape and trust domain; where there is none, it is made for the next one.</summary>
    /// <param name="how">How machines work here.</param>
    /// <param name="domain">The trust domain.</param>
    /// <param name="shape">Size, slots and card; becomes the template's.</param>
    /// <param name="root">The jail's root, whose name changes with every program in it and with the guest.</param>
    /// <param name="meeting">Where the machine meets others.</param>
    /// <returns>Whether it is a copy.</returns>
    internal bool Offer(MachineChoice how, string domain, ref MachineShape shape, JailRoot root, string meeting)
    {
        var wanted = shape.Rounded();
        (FileDescriptor State, FileDescriptor Memory) files;
        lock (_lock)
        {
            var basis = BasisOf(how, root);
            Forget(basis);
            if (!_known.TryGetValue((domain, wanted), out var known) || (known.RetryAt is { } at && at <= clock.GetUtcNow()))
            {
                known = new Entry(basis);
                _known[(domain, wanted)] = known;
                _ = Task.Run(() => Make(how, domain, wanted, root, known));
            }

            known.Used = clock.GetTimestamp();
            if (known.Template is not { } template)
            {
                return false;
            }

            files = (Again(template.State), Again(template.Memory));
        }

        _ = Hand(meeting, files);
        shape = wanted;
        return true;
    }

    /// <summary>Whether there is a template of a trust domain and a shape.</summary>
    internal bool Has(string domain, MachineShape shape)
    {
        lock (_lock)
        {
            return _known.TryGetValue((domain, shape), out var known) && known.Template is not null;
        }
    }

    /// <summary>The template of a trust domain and a shape, opened once more for the caller; null: there is none of these files.</summary>
    internal (FileDescriptor State, FileDescriptor Memory)? Find(string domain, MachineShape shape, string basis)
    {
        lock (_lock)
        {
            if (!_known.TryGetValue((domain, shape), out var known) || known.Template is not { } template || known.Basis != basis)
            {
                return null;
            }

            known.Used = clock.GetTimestamp();
            return (Again(template.State), Again(template.Memory));
        }
    }

    /// <summary>What a template is made of: programs, guest and how they run.</summary>
    internal static string BasisOf(MachineChoice how, JailRoot root) => $"{root.Name} {how.Accelerator}";

    private static async Task Hand(string meeting, (FileDescriptor State, FileDescriptor Memory) files) =>
        (await TemplateHandover.Offer(meeting, files.State, files.Memory).ConfigureAwait(false))?.Dispose();

    /// <summary>Gives up what is being made; nothing is made from now on.</summary>
    internal async Task Stop()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _oneAtATime.WaitAsync().ConfigureAwait(false);
        _oneAtATime.Release();
    }

    /// <summary>The file opened once more, only to be read: it lives on when the template is forgotten meanwhile.</summary>
    private static FileDescriptor Again(FileDescriptor file) => FileCalls.Open(null, file.ProcPath, OpenFlags.Read);

    private async Task Make(MachineChoice how, string domain, MachineShape shape, JailRoot root, Entry entry)
    {
        await _oneAtATime.WaitAsync().ConfigureAwait(false);
        try
        {
            _stopping.Token.ThrowIfCancellationRequested();
            var began = clock.GetTimestamp();
            var template = await make(how, shape, root, _stopping.Token).ConfigureAwait(false);
            lock (_lock)
            {
                if (_known.TryGetValue((domain, shape), out var current) && current == entry)
                {
                    entry.Template = template;
                    MakeRoom();
                }
                else
                {
                    template.Dispose(); // its files changed while it was made
                    return;
                }
            }

            Made?.Invoke();
            log.TemplateMade(shape.ToString(), domain, (long)clock.GetElapsedTime(began).TotalMilliseconds, Taken(template));
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
        catch (Exception error) when (error is IOException or SpecRefusedException or UnauthorizedAccessException)
        {
            lock (_lock)
            {
                entry.RetryAt = clock.GetUtcNow().AddMinutes(PauseMinutes);
            }

            log.TemplateFailed(shape.ToString(), domain, error.Message, PauseMinutes);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private static long Taken(Template template)
    {
        using var again = Again(template.Memory);
        return FileCalls.Status(again).Blocks * 512 >> 20;
    }

    /// <summary>Programs or the guest have changed: what was made of the earlier ones is of no use.</summary>
    private void Forget(string basis)
    {
        foreach (var key in _known.Where(k => k.Value.Basis != basis).Select(static k => k.Key).ToList())
        {
            Drop(key);
        }
    }

    private void MakeRoom()
    {
        while (_known.Count(static k => k.Value.Template is not null) > Most)
        {
            Drop(_known.Where(static k => k.Value.Template is not null).MinBy(static k => k.Value.Used).Key);
        }
    }

    private void Drop((string Domain, MachineShape Shape) key)
    {
        if (_known.Remove(key, out var entry))
        {
            entry.Template?.Dispose();
        }
    }

    private sealed class Entry(string basis)
    {
        internal string Basis { get; } = basis;

        internal Template? Template { get; set; }

        internal DateTimeOffset? RetryAt { get; set; }

        internal long Used { get; set; }
    }
}
