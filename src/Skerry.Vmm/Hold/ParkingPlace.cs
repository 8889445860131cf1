using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;
using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Vmm.Machines;

namespace Skerry.Vmm.Hold;

/// <summary>
/// Where a machine waits for its pod. Nothing of a pod has been in it: it is a copy of a template of one trust domain, and what it ran are containers
/// of the node's own. It has no clock, no name and no entropy of its own until it is taken.
/// </summary>
internal sealed class ParkingPlace(VmPark park, NetworkStream node, TimeProvider clock)
{
    private const string Service = "skerry.guest.v1.Guest";
    private static readonly TimeSpan s_files = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Has a machine wait.
    /// <list type="number">
    /// <item>Have its guest run the rehearsal.</item>
    /// <item>Stop it, and tell the node.</item>
    /// <item>Wait for what it is to become.</item>
    /// <item>Put the disks and the tap of its pod into it.</item>
    /// <item>Let it go on, and tell the node.</item>
    /// </list>
    /// </summary>
    /// <param name="guest">Its guest.</param>
    /// <param name="machine">QEMU.</param>
    /// <param name="patience">Bounds the first two steps.</param>
    /// <param name="cancel">The machine ends.</param>
    /// <returns>What its guest is to be told (skerry.guest.v1.ConfigureRequest).</returns>
    /// <exception cref="IOException">The node is gone, or a step failed: the machine is of no use.</exception>
    internal async Task<byte[]> Wait(TtrpcClient guest, IMachine machine, CancellationToken patience, CancellationToken cancel)
    {
        // 1. rehearse
        await Rehearse(guest, patience).ConfigureAwait(false);

        // 2. stop
        await machine.Stop(patience).ConfigureAwait(false);
        await node.WriteAsync(new[] { VmPark.Parked }, patience).ConfigureAwait(false);

        // 3. wait
        var take = await Read(cancel).ConfigureAwait(false);
        if (!node.Socket.Poll(s_files, SelectMode.SelectRead))
        {
            throw new IOException("the node sends no files");
        }

        var files = DescriptorMail.Receive(node.Socket.SafeHandle, take.Disks.Count + (take.HasTap ? 1 : 0));
        try
        {
            // 4. disks and tap
            await machine.Put(take, files, cancel).ConfigureAwait(false);
        }
        finally
        {
            foreach (var file in files)
            {
                file.Dispose();
            }
        }

        // 5. go on
        await machine.Continue(cancel).ConfigureAwait(false);
        await node.WriteAsync(new[] { VmPark.Taken }, cancel).ConfigureAwait(false);
        return take.Configuration;
    }

    private async Task<VmTake> Read(CancellationToken cancel)
    {
        var length = new byte[sizeof(int)];
        await node.ReadExactlyAsync(length, cancel).ConfigureAwait(false);
        var count = BinaryPrimitives.ReadInt32LittleEndian(length);
        if (count is <= 0 or > VmTake.MostBytes)
        {
            throw new IOException($"the node takes the machine with {count} bytes; 1 to {VmTake.MostBytes} make sense");
        }

        var text = new byte[count];
        await node.ReadExactlyAsync(text, cancel).ConfigureAwait(false);
        return JsonSerializer.Deserialize(text, VmJson.Default.VmTake) ?? throw new JsonException("the node takes the machine with nothing");
    }

    /// <summary>Runs one container to its end. One that fails makes the machine slower, and no worse: it is said, and that is all.</summary>
    private async Task Rehearse(TtrpcClient guest, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        var first = TimeSpan.Zero;
        await using var stream = await guest.OpenAsync(Service, "Run", cancel).ConfigureAwait(false);
        await stream.SendAsync(new StreamInput { Start = StreamStart.Parser.ParseFrom(park.Rehearsal) }, cancel).ConfigureAwait(false);
        GuestExit? exit = null;
        while (exit is null && await stream.ReadAsync(StreamOutput.Parser, cancel).ConfigureAwait(false) is { } said)
        {
            first = said.WhatCase == StreamOutput.WhatOneofCase.Stdout && first == TimeSpan.Zero ? clock.GetElapsedTime(began) : first;
            exit = said.WhatCase == StreamOutput.WhatOneofCase.Exit ? said.Exit : null;
        }

        await Console.Error.WriteLineAsync(exit is { Code: 0 }
            ? string.Create(CultureInfo.InvariantCulture, $"skerry-vmm: the rehearsal took {clock.GetElapsedTime(began).TotalMilliseconds:0.0} ms, {first.TotalMilliseconds:0.0} to its output")
            : $"skerry-vmm: the rehearsal failed: {exit?.Reason ?? "it has no end"} ({exit?.Code})").ConfigureAwait(false);
    }
}
