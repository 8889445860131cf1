using System.Text.Json;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Configuration;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Recording;

namespace Skerry.Node.Sensors.Captures;

/// <summary>
/// Keeps the recorded events of a container around an alert, in a recording of its own that the ring does not evict, with the alert beside it. At its
/// quota no more are made: what an attacker makes later must not push out what was kept. One that is asked for is on disk as an order until it is made: a
/// daemon that ends before its time makes it when it is there again.
/// </summary>
/// <param name="directory">Where captures are: a directory each, named by the alert.</param>
/// <param name="options">[guard].</param>
/// <param name="recorder">The recording; null where none is made.</param>
/// <param name="clock">Time.</param>
/// <param name="failed">Told what failed: a sentence.</param>
internal sealed class CaptureDesk(string directory, GuardOptions options, FlightRecorder? recorder, TimeProvider clock, Action<string> failed)
{
    private const string AlertName = "alert.json";
    private const string Unfinished = ".new";
    private const long Second = 1_000_000_000;
    private const int MostWaiting = 64;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly SemaphoreSlim _one = new(1, 1); // captures are written one by one
    private int _waiting;

    /// <summary>Where they are.</summary>
    internal string Directory => directory;

    /// <summary>Bytes of all.</summary>
    internal long Bytes => List().Sum(static c => c.Bytes);

    /// <summary>Keeps what was and what comes; returns at once.</summary>
    internal void Take(Alert alert)
    {
        if (Volatile.Read(ref _waiting) >= MostWaiting)
        {
            failed($"events around alert {alert.Id} of rule {alert.Rule} are not kept: {MostWaiting} other captures wait for their time");
            return;
        }

        Begin(CaptureOrder.Of(alert), isNew: true);
    }

    /// <summary>Makes what was asked for and not made before the daemon ended; returns at once.</summary>
    internal void Resume()
    {
        if (!global::System.IO.Directory.Exists(directory))
        {
            return;
        }

        foreach (var path in global::System.IO.Directory.EnumerateFileSystemEntries(directory, "*" + Unfinished).ToList())
        {
            if (path.EndsWith(CaptureOrder.Ending + Unfinished, StringComparison.Ordinal))
            {
                failed($"events around alert {Path.GetFileName(path)[..^(CaptureOrder.Ending + Unfinished).Length]} are not kept: skerryd ended while it wrote down that they are wanted; the alert itself is among the alerts");
            }

            // Of a capture that was half made there is the order still.
            Clear(path);
        }

        foreach (var path in global::System.IO.Directory.EnumerateFiles(directory, "*" + CaptureOrder.Ending).ToList())
        {
            if (CaptureOrder.Read(path) is not { } order)
            {
                failed($"events around alert {Path.GetFileNameWithoutExtension(path)} are not kept: {path}, which asks for them, cannot be read; the alert itself is among the alerts");
                Clear(path);
            }
            else if (global::System.IO.Directory.Exists(Path.Combine(directory, order.Id.ToString())))
            {
                Clear(path);
            }
            else
            {
                Begin(order, isNew: false);
            }
        }
    }

    /// <summary>All that there are, the newest first.</summary>
    internal IReadOnlyList<Capture> List() => !global::System.IO.Directory.Exists(directory) ? [] :
        [.. global::System.IO.Directory.EnumerateDirectories(directory).Select(Read).OfType<Capture>().OrderByDescending(static c => c.Time)];

    /// <summary>Removes one. False: there is none.</summary>
    internal bool Remove(Guid id)
    {
        var path = Path.Combine(directory, id.ToString());
        if (!global::System.IO.Directory.Exists(path))
        {
            return false;
        }

        global::System.IO.Directory.Delete(path, recursive: true);
        return true;
    }

    private void Begin(CaptureOrder order, bool isNew)
    {
        Interlocked.Increment(ref _waiting);
        _ = Task.Run(() => Make(order, isNew));
    }

    private async Task Make(CaptureOrder order, bool isNew)
    {
        try
        {
            if (isNew && recorder is not null)
            {
                Note(order);
            }

            await Keep(order).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or LinuxException or RecordFormatException)
        {
            failed($"events around alert {order.Id} of rule {order.Rule} are not kept: {error.Message}");
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
            Clear(Path.Combine(directory, order.FileName));
        }
    }

    /// <summary>
    /// Writes the order down, whole and for good: (1) beside its place, (2) synced, (3) renamed. Where that fails, the capture is made all the same, unless
    /// the daemon ends first.
    /// </summary>
    private void Note(CaptureOrder order)
    {
        var path = Path.Combine(directory, order.FileName);
        try
        {
            // 1. and 2.
            global::System.IO.Directory.CreateDirectory(directory, Private);
            WriteSynced(path + Unfinished, order.Json);

            // 3.
            File.Move(path + Unfinished, path, overwrite: true);
            SyncNames();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Keep tells what does not work, when it is its turn.
            Clear(path + Unfinished);
        }
    }

    private async Task Keep(CaptureOrder order)
    {
        if (recorder is null)
        {
            failed($"events around alert {order.Id} of rule {order.Rule} are not kept: nothing is recorded ([record] enabled = false)");
            return;
        }

        var all = TimeSpan.FromSeconds(options.CaptureSeconds);
        var left = DateTimeOffset.UnixEpoch.AddTicks(order.Time / TimeSpan.NanosecondsPerTick) + all - clock.GetUtcNow();
        await Task.Delay(left < TimeSpan.Zero ? TimeSpan.Zero : left < all ? left : all, clock).ConfigureAwait(false);
        await recorder.Flush().ConfigureAwait(false);
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            if (Bytes >= options.CaptureQuota)
            {
                failed($"events around alert {order.Id} of rule {order.Rule} are not kept: captures have their {options.CaptureQuota} bytes (capture_quota); remove some with 'skerry guard captures rm'");
                return;
            }

            Write(order, recorder.Directory);
        }
        catch
        {
            // Its order goes too: nobody would come back to it.
            Clear(Path.Combine(directory, order.Id + Unfinished));
            throw;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Writes a capture: (1) beside its place, (2) synced, (3) renamed, so that a half one is never listed.</summary>
    private void Write(CaptureOrder order, RecordDirectory from)
    {
        // 1.
        var (path, made) = (Path.Combine(directory, order.Id.ToString()), Path.Combine(directory, order.Id + Unfinished));
        global::System.IO.Directory.CreateDirectory(directory, Private);
        if (global::System.IO.Directory.Exists(made))
        {
            global::System.IO.Directory.Delete(made, recursive: true);
        }

        global::System.IO.Directory.CreateDirectory(made, Private);
        var around = options.CaptureSeconds * Second;
        var selection = new RecordSelection { Since = order.Time - around, Until = order.Time + around, Container = order.ContainerId };
        using (var ring = new SegmentRing(made, options.CaptureQuota, RecordSync.Segment))
        {
            using var block = new BlockWriter();
            var e = new KernelEvent();
            foreach (var read in from.Read(selection))
            {
                foreach (var loss in read.Head.Losses.Where(selection.Fits))
                {
                    block.Add(loss);
                }

                var events = new BlockReader(read);
                while (events.Read(e))
                {
                    if (!selection.Fits(e))
                    {
                        continue;
                    }

                    if (block.IsFull || !block.TryAppend(e))
                    {
                        ring.Append(block.Seal(ring.NextSequence, 0).Span);
                        block.Clear();
                        block.TryAppend(e);
                    }
                }
            }

            if (!block.IsEmpty)
            {
                ring.Append(block.Seal(ring.NextSequence, 0).Span);
            }
        }

        // 2.
        WriteSynced(Path.Combine(made, AlertName), order.Json);

        // 3.
        global::System.IO.Directory.Move(made, path);
        SyncNames();
    }

    private static void WriteSynced(string path, byte[] content)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    private void SyncNames()
    {
        using var names = FileCalls.Open(null, directory, OpenFlags.Read | OpenFlags.Directory);
        FileCalls.Sync(names);
    }

    /// <summary>Removes what is left of something; what cannot be removed, the next start tries again.</summary>
    private static void Clear(string path)
    {
        try
        {
            if (global::System.IO.Directory.Exists(path))
            {
                global::System.IO.Directory.Delete(path, recursive: true);
            }
            else if (File.Exists(path))
            {
                File.Delete(path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // As the summary says.
        }
    }

    private static Capture? Read(string path)
    {
        if (!Guid.TryParse(Path.GetFileName(path), out var id) || !File.Exists(Path.Combine(path, AlertName)))
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(path, AlertName)));
            var (root, own) = (json.RootElement, json.RootElement.GetProperty("skerry"));
            return new Capture(
                id, own.GetProperty("event_ns").GetInt64(), root.GetProperty("rule").GetString() ?? string.Empty, own.GetProperty("pod").GetString() ?? string.Empty,
                own.GetProperty("container").GetString() ?? string.Empty, path, new DirectoryInfo(path).EnumerateFiles().Sum(static f => f.Length));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            return null; // somebody else's, or half removed
        }
    }
}
