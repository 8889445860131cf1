using System.Net.Sockets;
using System.Text.Json;
using Skerry.Contracts.Vmm;
using Skerry.Vmm.Hold;

namespace Skerry.Vmm.Machines;

/// <summary>
/// Stops a machine into files and starts one from them. Its memory is in a file that the maker shares and copies map for themselves, so only the
/// state of devices is moved (x-ignore-shared, docs/devel/migration): a copy begins in milliseconds and has of its own what it changes.
/// </summary>
internal static class TemplateState
{
    private const string IgnoreShared = """{"capabilities":[{"capability":"x-ignore-shared","state":true}]}""";
    private static readonly string s_state = "{\"uri\":\"fd:" + HandedTemplate.StateNumber.ToString(System.Globalization.CultureInfo.InvariantCulture) + "\"}";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// Stops the machine and writes its state. QEMU sends it to a socket: it takes a descriptor for that only by a control message (QEMU 7.2), and may
    /// start no program.
    /// </summary>
    /// <param name="control">QEMU.</param>
    /// <param name="template">Where to.</param>
    /// <param name="meeting">Path for the socket.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="IOException">QEMU could not.</exception>
    internal static async Task Save(QmpClient control, VmTemplate template, string meeting, CancellationToken cancel)
    {
        using var waiting = Rendezvous.Listen(meeting);
        await control.Command("stop", null, cancel).ConfigureAwait(false);
        await control.Command("migrate-set-capabilities", IgnoreShared, cancel).ConfigureAwait(false);
        var writing = Write(waiting, template.State, cancel);
        await control.Command("migrate", $"{{\"uri\":\"unix:{meeting}\"}}", cancel).ConfigureAwait(false);
        await Until(control, "query-migrate", static status => status switch
        {
            "completed" => true,
            "failed" or "cancelled" => throw new IOException("QEMU could not write the state of the machine"),
            _ => false,
        }, cancel).ConfigureAwait(false);
        await writing.ConfigureAwait(false);
    }

    private static async Task Write(Socket waiting, string file, CancellationToken cancel)
    {
        await using var state = await Rendezvous.Accept(waiting, cancel).ConfigureAwait(false);
        await using var written = new FileStream(file, FileMode.Create, FileAccess.Write);
        await state.CopyToAsync(written, cancel).ConfigureAwait(false);
    }

    /// <summary>Reads the state and lets the machine go on.</summary>
    /// <exception cref="IOException">QEMU could not.</exception>
    internal static async Task Load(QmpClient control, CancellationToken cancel)
    {
        await control.Command("migrate-set-capabilities", IgnoreShared, cancel).ConfigureAwait(false);
        await control.Command("migrate-incoming", s_state, cancel).ConfigureAwait(false);
        await Until(control, "query-status", static status => status != "inmigrate", cancel).ConfigureAwait(false);
        await control.Command("cont", null, cancel).ConfigureAwait(false);
    }

    private static async Task Until(QmpClient control, string query, Func<string?, bool> isReached, CancellationToken cancel)
    {
        while (true)
        {
            var answer = await control.Command(query, null, cancel).ConfigureAwait(false);
            if (isReached(answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("status"u8, out var status) ? status.GetString() : null))
            {
                return;
            }

            await Task.Delay(Pause, TimeProvider.System, cancel).ConfigureAwait(false);
        }
    }
}
