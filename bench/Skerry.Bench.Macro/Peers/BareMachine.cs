using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Skerry.Bench.Macro.Interop;
using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Peers;

/// <summary>QEMU started by hand, with the kernel, the initrd and the words to the kernel that a pod's machine has: what Skerry's machine is beside.</summary>
internal sealed class BareMachine
{
    private const string Service = "skerry.guest.v1.Guest";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string[] arguments;
    private readonly string program;
    private Child? child;

    private BareMachine(string program, string[] arguments) => (this.program, this.arguments) = (program, arguments);

    /// <summary>The machine's processor is emulated: there is no KVM of use.</summary>
    public bool IsEmulated => !arguments.Contains("kvm");

    /// <summary>Takes over what a machine of Skerry's was started with, apart from its jail's paths, its disks and its card.</summary>
    /// <param name="place">Where the guest is.</param>
    /// <param name="pid">QEMU of a pod.</param>
    public static BareMachine Like(Workplace place, int pid)
    {
        string[] theirs = File.ReadAllText($"/proc/{pid}/cmdline").TrimEnd('\0').Split('\0');
        string Of(string option) => Array.IndexOf(theirs, option) is > 0 and int at ? theirs[at + 1] : throw new BenchException($"QEMU was started without {option}");
        return new BareMachine(
            Tool.Of("qemu-system-x86_64"),
            [
                "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-M", Of("-M"), "-accel", Of("-accel"), "-cpu", Of("-cpu"), "-smp", Of("-smp"), "-m", Of("-m"),
                "-kernel", Path.Combine(place.Dist, "guest/kernel"), "-initrd", Path.Combine(place.Dist, "guest/initrd"), "-append", Of("-append"), "-serial", "null", "-device", "virtio-rng-device",
            ]);
    }

    /// <summary>Starts one, and stops the clock when the guest's first process has answered.</summary>
    public async Task<TimeSpan> AnswerAsync(Workplace place)
    {
        string path = Path.Combine(place.Tmp, "bare.sock");
        File.Delete(path);
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        child = Child.Start(Command.Of(program, [.. arguments, "-chardev", $"socket,id=agent,path={path}", "-device", "virtio-serial-device", "-device", "virtserialport,chardev=agent,name=agent"]) with { Errors = place.Errors });
        using CancellationTokenSource patience = new(Patience);
        try
        {
            using Socket agent = await listener.AcceptAsync(patience.Token).ConfigureAwait(false);
            _ = await agent.SendAsync(Hello(), patience.Token).ConfigureAwait(false);
            byte[] header = new byte[10];
            for (int got = 0; got < header.Length;)
            {
                int count = await agent.ReceiveAsync(header.AsMemory(got), patience.Token).ConfigureAwait(false);
                got += count > 0 ? count : throw new BenchException($"the machine ended: {await File.ReadAllTextAsync(place.Errors, CancellationToken.None).ConfigureAwait(false)}");
            }

            return child.Elapsed;
        }
        catch (OperationCanceledException)
        {
            throw new BenchException("the machine does not answer");
        }
    }

    /// <summary>Ends it.</summary>
    public void Kill()
    {
        if (child is { } ended)
        {
            _ = Libc.kill(ended.Pid, Libc.SIGKILL);
            _ = ended.Wait();
        }

        child = null;
    }

    /// <summary>The first QEMU below this process that is not ours.</summary>
    public static int OfSkerry(IEnumerable<int> before)
    {
        HashSet<int> known = [.. before];
        return ProcessTable.Pids().FirstOrDefault(p => !known.Contains(p) && ProcessTable.Name(p).StartsWith("qemu-system", StringComparison.Ordinal)) is > 0 and int pid
            ? pid
            : throw new BenchException("there is no QEMU of a microVM");
    }

    /// <summary>A ttrpc frame (PROTOCOL.md: length, stream, type, flags; then a request of service and method).</summary>
    private static byte[] Hello()
    {
        byte[] request = [0x0a, (byte)Service.Length, .. Encoding.ASCII.GetBytes(Service), 0x12, 5, .. "Hello"u8];
        byte[] frame = new byte[10 + request.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, request.Length);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), 1);
        (frame[8], frame[9]) = (1, 1);
        request.CopyTo(frame, 10);
        return frame;
    }
}
