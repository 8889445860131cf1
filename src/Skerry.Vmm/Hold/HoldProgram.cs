using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Skerry.Contracts.Ttrpc;
using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Linux.Processes;
using Skerry.Vmm.Machines;

namespace Skerry.Vmm.Hold;

/// <summary>
/// Holds a microVM: the first process of its jail, and the VMM's parent.
/// <list type="number">
/// <item>Wait for callers, so that they find somebody from the first moment.</item>
/// <item>Start the VMM, and have the guest's agent connect.</item>
/// <item>Wait for the guest's answer and configure it; from here on callers are heard, and the node can change its memory. A guest that does not come up is booted once more: a kernel
/// can hang as it measures its clocks on a machine that is busy.</item>
/// <item>Carry between callers and guest until the VMM or the guest ends, or this process is told to end.</item>
/// <item>Tell every caller why, and end with the VMM.</item>
/// </list>
/// </summary>
internal sealed class HoldProgram(VmDocument vm, TimeProvider clock)
{
    private const int Failed = 1;
    private const int MostBoots = 2;

    /// <summary>What part of the time of a boot a copy has to begin, 5 of 60 seconds: one that cannot is booted instead, which must not come much later than without it.</summary>
    private const int RestorePart = 12;

    /// <summary>Above every stream that was opened to make a template.</summary>
    private const uint AfterTemplate = 4097;

    /// <summary>Of two things that end together, either may be seen first.</summary>
    private static readonly TimeSpan s_secondThought = TimeSpan.FromMilliseconds(500);

    /// <summary>For a guest to bring to its disks what it has not yet, beside the time that its containers have to end.</summary>
    private static readonly TimeSpan s_writePatience = TimeSpan.FromSeconds(15);

    /// <summary>Set when the guest is configured, or when it is sure that there never will be one.</summary>
    private readonly TaskCompletionSource<GuestMux> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _serving = [];

    /// <summary>Runs the machine of a document.</summary>
    /// <returns>The exit code: 0 where it was told to end, and did.</returns>
    internal static async Task<int> Run(string path)
    {
        try
        {
            var vm = JsonSerializer.Deserialize(await File.ReadAllBytesAsync(path).ConfigureAwait(false), VmJson.Default.VmDocument)
                ?? throw new JsonException("it is empty");
            return vm.Makes is not null
                ? await TemplateProgram.Run(vm).ConfigureAwait(false)
                : await new HoldProgram(vm, TimeProvider.System).Run().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or JsonException or SocketException or ArgumentException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"skerry-vmm: hold {path}: {error.Message}").ConfigureAwait(false);
            return Failed;
        }
    }

    private async Task<int> Run()
    {
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Told);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Told);
        using var stop = new CancellationTokenSource();
        await Merge().ConfigureAwait(false);

        // 1. callers
        using var callers = Rendezvous.Listen(vm.Rendezvous);
        using var sizing = Rendezvous.Listen(vm.Sizing);
        var accepting = Accept(callers, stop.Token);

        // 2. VMM
        var template = await Template().ConfigureAwait(false);
        GuestMux mux;
        string? sentence;
        var boots = 0;
        do
        {
            mux = new GuestMux(vm.Copies is null ? 1 : AfterTemplate);
            boots += template is null ? 1 : 0;
            sentence = await Attempt(mux, template, sizing, isLast: boots == MostBoots || vm.Parks is not null, stop.Token).ConfigureAwait(false);
            template = null;
        }
        while (sentence is null);

        // 5. the end
        var isWanted = _told.Task.IsCompleted;
        if (isWanted)
        {
            mux.End("the microVM was shut down", TtrpcStatusCode.Cancelled);
        }
        else
        {
            mux.End(sentence);
        }

        _ready.TrySetResult(mux);
        await Part(stop, accepting).ConfigureAwait(false);
        if (!isWanted)
        {
            await Console.Error.WriteLineAsync("skerry-vmm: " + sentence).ConfigureAwait(false);
        }

        return isWanted ? 0 : Failed;
    }

    /// <summary>A kernel that cannot have its memory merged runs the machine all the same.</summary>
    private async Task Merge()
    {
        try
        {
            if (vm.MergesMemory)
            {
                Spawn.AllowMerging();
            }
        }
        catch (LinuxException error)
        {
            await Console.Error.WriteLineAsync($"skerry-vmm: equal memory is not merged: {error.Message}").ConfigureAwait(false);
        }
    }

    /// <summary>What it starts from; null: a cold boot, and where a template was promised, why is in the log.</summary>
    private async Task<HandedTemplate?> Template()
    {
        if (vm.Copies is null)
        {
            return null;
        }

        try
        {
            return HandedTemplate.Take(vm.Copies);
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            await Cold($"the node did not hand over its template: {error.Message}").ConfigureAwait(false);
            return null;
        }
    }

    private static Task Cold(string reason) => Console.Error.WriteLineAsync($"skerry-vmm: {reason}; it boots cold");

    /// <summary>Steps 2 to 4 with one VMM.</summary>
    /// <returns>Why it is over; null: it never began, and is to be tried again by a cold boot.</returns>
    private async Task<string?> Attempt(GuestMux mux, HandedTemplate? template, Socket sizing, bool isLast, CancellationToken cancel)
    {
        using var taken = template;
        if (template is null && vm.Parks is not null)
        {
            return "a machine can wait only as a copy of a template";
        }

        var (volumes, unshared) = await Volumes().ConfigureAwait(false);
        await using var server = volumes;
        if (unshared is not null)
        {
            return unshared;
        }

        var document = template is null ? vm with { Copies = null } : vm;
        using var vmm = VmmKind.Of(document, clock);
        using var machine = RunningMachine.Start(document, vmm.Arguments, template);
        var (commands, problem) = await Control(machine, vmm, restores: template is not null, cancel).ConfigureAwait(false);
        await using var controlled = commands;
        if (problem is not null && template is not null && !isLast)
        {
            await machine.Kill().ConfigureAwait(false);
            await Cold(await machine.Obituary(problem).ConfigureAwait(false)).ConfigureAwait(false);
            return _told.Task.IsCompleted ? string.Empty : null;
        }

        var reason = problem ?? await Hold(mux, machine, template, commands!, volumes, vmm, sizing, cancel).ConfigureAwait(false);
        await machine.Kill().ConfigureAwait(false);
        if (_told.Task.IsCompleted)
        {
            return string.Empty;
        }

        var sentence = await machine.Obituary("the microVM ended: " + reason).ConfigureAwait(false);
        if (isLast || _ready.Task.IsCompleted)
        {
            return sentence;
        }

        await Cold(sentence).ConfigureAwait(false);
        return null;
    }

    /// <summary>The server of its volumes, if it has any, or why there is none.</summary>
    private async Task<(VolumeServer? Server, string? Problem)> Volumes()
    {
        try
        {
            return (vm.Share is { } share ? await VolumeServer.Call(share, clock).ConfigureAwait(false) : null, null);
        }
        catch (IOException error)
        {
            return (null, $"the microVM cannot begin: {error.Message}");
        }
    }

    /// <summary>Waits for the guest, and steps 3 and 4.</summary>
    /// <returns>Why it is over.</returns>
    private async Task<string> Hold(
        GuestMux mux, RunningMachine machine, HandedTemplate? template, IMachine control, VolumeServer? volumes, IVmm vmm, Socket sizing, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(vm.BootPatience / MostBoots);
        var ended = Ended(machine, control, vmm, volumes);
        var began = clock.GetTimestamp();
        var connecting = vmm.Guest(patience.Token);
        if (await Task.WhenAny(connecting, ended, _told.Task).ConfigureAwait(false) != connecting || !connecting.IsCompletedSuccessfully)
        {
            return ended.IsCompleted ? await ended.ConfigureAwait(false) : "its VMM did not begin";
        }

        await using var guest = await connecting.ConfigureAwait(false);
        var carrying = mux.Run(guest, cancel);
        var (here, there) = await Rendezvous.Pair(Path.Combine(vm.Temporary, "own")).ConfigureAwait(false);
        Serving(mux.Serve(there, Task.CompletedTask));

        await using var client = new TtrpcClient(here);
        var calls = new GuestCalls(client, vmm.PlacesDisks ? vm.Disks : [], clock);

        // 3. answer and configuration
        var parking = vm.Parks is { } park ? () => new ParkingPlace(park, template!.Node, clock).Wait(client, control, patience.Token, cancel) : (Func<Task<byte[]>>?)null;
        var greeting = Greet(calls, machine, parking, patience.Token, cancel);
        if (await Task.WhenAny(greeting, ended, carrying, _told.Task).ConfigureAwait(false) == greeting)
        {
            if (await greeting.ConfigureAwait(false) is { } failure)
            {
                return patience.IsCancellationRequested ? $"its guest did not answer within {clock.GetElapsedTime(began).TotalSeconds:0.#} s" : failure;
            }

            _ready.TrySetResult(mux);
        }
        else if (parking is not null)
        {
            return ended.IsCompleted ? await ended.ConfigureAwait(false) : "it ended before a pod took it";
        }

        // 4. until the end
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var serving = new SizeDesk(template is null ? vm with { Copies = null } : vm, control, clock).Serve(sizing, over.Token);
        var reason = await UntilEnd(calls, ended, carrying).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await serving.ConfigureAwait(false);
        return reason;
    }

    private async Task<string> UntilEnd(GuestCalls calls, Task<string> ended, Task<string> carrying)
    {
        var first = await Task.WhenAny(ended, carrying, _told.Task).ConfigureAwait(false);
        if (first == _told.Task)
        {
            await ShutDown(calls, ended).ConfigureAwait(false);
            return string.Empty;
        }

        // A VMM that ends takes the guest's port with it: which of both is seen first is chance, and the VMM's end says more.
        await Task.WhenAny(ended, Task.Delay(s_secondThought, clock, CancellationToken.None)).ConfigureAwait(false);
        return await (ended.IsCompleted ? ended : carrying).ConfigureAwait(false);
    }

    /// <summary>Has the machine begin, or a copy go on where its template stopped.</summary>
    /// <returns>The control, or why there is none.</returns>
    private async Task<(IMachine? Control, string? Problem)> Control(RunningMachine machine, IVmm vmm, bool restores, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var time = TimeSpan.FromMilliseconds(vm.BootPatience / (restores ? RestorePart : MostBoots));
        patience.CancelAfter(time);
        using var early = new CancellationTokenSource();
        _ = Task.WhenAny(machine.Ended, _told.Task).ContinueWith(_ => patience.Cancel(), early.Token, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            var commands = await vmm.Begin(patience.Token).ConfigureAwait(false);
            try
            {
                await (restores ? commands.Load(patience.Token) : Task.CompletedTask).ConfigureAwait(false);
                return (commands, null);
            }
            catch
            {
                await commands.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
        {
            var why = machine.Ended.IsCompleted ? await Ended(machine, null, vmm, null).ConfigureAwait(false)
                : error is OperationCanceledException ? string.Create(CultureInfo.InvariantCulture, $"its VMM did not answer within {time.TotalSeconds:0.#} s")
                : error.Message;
            return (null, restores ? $"its template could not be taken: {why}" : why);
        }
        finally
        {
            await early.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>How the VMM ended; without the server of its volumes it is as good as ended, as its guest waits for them for ever.</summary>
    private async Task<string> Ended(RunningMachine machine, IMachine? control, IVmm vmm, VolumeServer? volumes)
    {
        if (volumes is not null && await Task.WhenAny(machine.Ended, volumes.Ended).ConfigureAwait(false) != machine.Ended)
        {
            // It ends with the VMM, too, and may be seen first.
            await Task.WhenAny(machine.Ended, Task.Delay(s_secondThought, clock)).ConfigureAwait(false);
            if (!machine.Ended.IsCompleted)
            {
                return "the server of its volumes ended";
            }
        }

        return await machine.Ended.ConfigureAwait(false) switch
        {
            0 => await GuestsEnd(machine, control).ConfigureAwait(false),
            var code when vmm.Ending(code) is { } why => why,
            > 128 and var code => $"its VMM was killed by signal {code - 128}",
            var code => $"its VMM ended with exit code {code}",
        };
    }

    /// <summary>How a guest ended its machine. Its kernel resets it when it panics (panic=-1), which to most VMMs is an end like another.</summary>
    private static async Task<string> GuestsEnd(RunningMachine machine, IMachine? control)
    {
        var wasReset = control is null ? null : await control.WasReset().ConfigureAwait(false);
        _ = await machine.Obituary(string.Empty).ConfigureAwait(false); // all that it printed is read by then
        return wasReset != false && machine.Console.HasPanic ? "its guest's kernel panicked" : wasReset == true ? "its guest reset it" : "its guest switched it off";
    }

    private async Task<string?> Greet(GuestCalls calls, RunningMachine machine, Func<Task<byte[]>>? parking, CancellationToken patience, CancellationToken cancel)
    {
        try
        {
            await calls.Hello(patience).ConfigureAwait(false);
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"skerry-vmm: the guest answered {machine.Age.TotalMilliseconds:0.0} ms after its VMM was started")).ConfigureAwait(false);
            await (parking is null ? calls.Configure(vm.Configuration, patience) : calls.Configure(await parking().ConfigureAwait(false), cancel)).ConfigureAwait(false);
            return null;
        }
        catch (Exception error) when (error is TtrpcException or TtrpcStatusException or OperationCanceledException)
        {
            return $"its guest could not be configured: {error.Message}";
        }
        catch (Exception error) when (parking is not null && error is IOException or JsonException or LinuxException)
        {
            return $"no pod took it: {error.Message}";
        }
    }

    private async Task ShutDown(GuestCalls calls, Task ended)
    {
        var patience = TimeSpan.FromMilliseconds(vm.EndPatience);
        using var limit = new CancellationTokenSource(patience + s_writePatience);
        try
        {
            await calls.Shutdown(patience, limit.Token).ConfigureAwait(false);
            await ended.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TtrpcException or TtrpcStatusException or OperationCanceledException)
        {
            // It is killed then.
        }
    }

    private async Task Accept(Socket callers, CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                Serving(Serve(await Rendezvous.Accept(callers, cancel).ConfigureAwait(false)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The holder ends.
        }
    }

    /// <summary>Serves a caller once there is a guest to speak to.</summary>
    private async Task Serve(Stream caller)
    {
        var mux = await _ready.Task.ConfigureAwait(false);
        await mux.Serve(caller, Task.CompletedTask).ConfigureAwait(false);
    }

    private void Serving(Task serving)
    {
        lock (_serving)
        {
            _serving.RemoveAll(static s => s.IsCompleted);
            _serving.Add(serving);
        }
    }

    /// <summary>Callers take what they are told, and leave; who does not is left.</summary>
    private async Task Part(CancellationTokenSource stop, Task accepting)
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await accepting.ConfigureAwait(false);
        Task[] serving;
        lock (_serving)
        {
            serving = [.. _serving];
        }

        await Task.WhenAny(Task.WhenAll(serving), Task.Delay(TimeSpan.FromSeconds(1), clock, CancellationToken.None)).ConfigureAwait(false);
    }

    private void Told(PosixSignalContext context)
    {
        context.Cancel = true;
        _told.TrySetResult();
    }
}
