using System.Diagnostics;
using System.Net.Sockets;
using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;

namespace Skerry.Guest.Tests.Machines;

/// <summary>A microVM under software emulation that runs the published guest, with one disk of serial number "base".</summary>
public sealed class GuestMachine : IAsyncDisposable
{
    public const string Service = "skerry.guest.v1.Guest";
    private static readonly TimeSpan BootPatience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _directory;
    private readonly Process _qemu;
    private readonly Socket _listener;

    private GuestMachine(DirectoryInfo directory, Process qemu, Socket listener, TtrpcClient client, HelloResponse hello, TimeSpan boot)
    {
        (_directory, _qemu, _listener, Client, Hello, Boot) = (directory, qemu, listener, client, hello, boot);
    }

    public TtrpcClient Client { get; private set; }

    public HelloResponse Hello { get; }

    /// <summary>From the start of QEMU to the answer of Hello.</summary>
    public TimeSpan Boot { get; }

    /// <summary>What the kernel and the first process said.</summary>
    public string Console => File.Exists(ConsolePath(_directory)) ? File.ReadAllText(ConsolePath(_directory)) : "";

    /// <summary>What its kernel is told.</summary>
    public static string KernelLine =>
        $"quiet console=hvc0 mitigations=off tsc_early_khz={GuestFiles.TscKilohertz()} tsc=reliable no_timer_check random.trust_cpu=on panic=-1 cryptomgr.notests=1 nokaslr init_on_alloc=0 lsm= audit=0 rcupdate.rcu_expedited=1 swiotlb=noforce iommu=off 8250.nr_uarts=0";

    public static async Task<GuestMachine> StartAsync(params string[] options)
    {
        var directory = Directory.CreateTempSubdirectory("skerry-guest-");
        var (path, own, libraries) = GuestFiles.Qemu()!.Value;
        var disk = GuestFiles.MakeDisk(directory.FullName);
        var socket = Path.Combine(directory.FullName, "agent");
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socket));
        listener.Listen();
        string[] arguments =
        [
            .. own, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-M", "microvm,acpi=on,pit=off,pic=off,rtc=on,isa-serial=off", "-accel", "tcg", "-cpu", "qemu64,+arat", "-m", "192",
            "-kernel", GuestFiles.Kernel, "-initrd", GuestFiles.Initrd,
            "-append", KernelLine,
            "-device", "virtio-serial-device",
            "-chardev", $"socket,id=agent,path={socket},reconnect=1", "-device", "virtserialport,chardev=agent,name=agent,id=agent",
            "-chardev", $"file,id=console,path={ConsolePath(directory)}", "-device", "virtconsole,chardev=console",
            "-drive", $"id=base,if=none,format=raw,readonly=on,file={disk}", "-device", "virtio-blk-device,drive=base,serial=base",
            .. options,
        ];
        var watch = Stopwatch.StartNew();
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardError = true };
        start.Environment["LD_LIBRARY_PATH"] = libraries;
        var qemu = Process.Start(start)!;
        try
        {
            using var patience = new CancellationTokenSource(BootPatience);
            var client = new TtrpcClient(new NetworkStream(await listener.AcceptAsync(patience.Token), ownsSocket: true));
            var hello = client.CallAsync(Service, "Hello", new HelloRequest { Memory = true }, HelloResponse.Parser, patience.Token);
            if (await Task.WhenAny(hello, qemu.WaitForExitAsync(patience.Token)) != hello)
            {
                throw new InvalidOperationException($"the machine ended: {await qemu.StandardError.ReadToEndAsync(patience.Token)}");
            }

            return new GuestMachine(directory, qemu, listener, client, await hello, watch.Elapsed);
        }
        catch (Exception error)
        {
            qemu.Kill();
            var console = File.Exists(ConsolePath(directory)) ? File.ReadAllText(ConsolePath(directory)) : "";
            directory.Delete(recursive: true);
            throw new InvalidOperationException($"no machine came up: {error.Message}\n{console}", error);
        }
    }

    /// <summary>Starts a container.</summary>
    public async Task<GuestProcess> Run(StreamStart start) => await GuestProcess.StartAsync(Client, "Run", start);

    /// <summary>Starts a further process in a container.</summary>
    public async Task<GuestProcess> Exec(StreamStart start) => await GuestProcess.StartAsync(Client, "Exec", start);

    /// <summary>A call with one answer.</summary>
    public async Task<T> Call<T>(string method, IMessage request, MessageParser<T> parser)
        where T : IMessage<T>
    {
        using var patience = new CancellationTokenSource(CallPatience);
        return await Client.CallAsync(Service, method, request, parser, patience.Token);
    }

    /// <summary>Closes the connection, as a host that was killed does, and makes another.</summary>
    public async Task ReconnectAsync()
    {
        await Client.DisposeAsync();
        using var patience = new CancellationTokenSource(CallPatience);
        Client = new TtrpcClient(new NetworkStream(await _listener.AcceptAsync(patience.Token), ownsSocket: true));
    }

    /// <summary>Waits for the machine to be gone.</summary>
    public async Task<int> Ended()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _qemu.WaitForExitAsync(patience.Token);
        return _qemu.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        if (!_qemu.HasExited)
        {
            _qemu.Kill();
            await _qemu.WaitForExitAsync();
        }

        _qemu.Dispose();
        _listener.Dispose();
        _directory.Delete(recursive: true);
    }

    private static string ConsolePath(DirectoryInfo directory) => Path.Combine(directory.FullName, "console");
}
