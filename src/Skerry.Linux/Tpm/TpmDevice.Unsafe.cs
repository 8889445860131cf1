using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Skerry.Linux.Files;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Tpm;

/// <summary>
/// A TPM 2.0 behind its character device (/dev/tpmrm0, where the kernel shares it between programs, or /dev/tpm0), or behind a Unix socket that takes
/// the same bytes (swtpm). One command, one answer; nothing of a TPM's answer is believed beyond its frame, and waiting has an end.
/// </summary>
/// <remarks>For one thread at a time.</remarks>
public sealed unsafe class TpmDevice : IDisposable
{
    /// <summary>The size of the header of commands and answers: a tag, the length, a code.</summary>
    internal const int Header = 10;

    /// <summary>The kernel's TPM_BUFSIZE (drivers/char/tpm/tpm.h): no command or answer is longer.</summary>
    private const int MaxLength = 4096;

    private const int MaxRepeats = 20;
    private const int PauseMilliseconds = 50;

    /// <summary>What a TPM may take for one command; RSA in slow ones takes seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FileDescriptor? _file;
    private readonly Socket? _socket;
    private readonly TimeSpan _patience;

    private TpmDevice(string path, FileDescriptor? file, Socket? socket, TimeSpan patience) => (Path, _file, _socket, _patience) = (path, file, socket, patience);

    /// <summary>The device or socket.</summary>
    public string Path { get; }

    private int Number => _file?.Number ?? (int)_socket!.Handle;

    /// <summary>Opens a TPM.</summary>
    /// <param name="path">A character device or a socket.</param>
    /// <param name="patience">What one command may take; null: as long as TPMs do.</param>
    /// <exception cref="TpmException">It is neither, or cannot be opened.</exception>
    public static TpmDevice Open(string path, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            using var place = FileCalls.Open(null, path, OpenFlags.Path);
            switch (FileCalls.Status(place).Kind)
            {
                case FileKind.CharacterDevice:
                    return new TpmDevice(path, FileCalls.Open(null, path, OpenFlags.ReadWrite), null, patience ?? Patience);
                case FileKind.Socket:
                    return new TpmDevice(path, null, Dial(path), patience ?? Patience);
                case var kind:
                    throw new TpmException($"{path} is no TPM: neither a character device nor a socket, but {kind}");
            }
        }
        catch (LinuxException e) when (e.Error == Errno.EBUSY)
        {
            throw new TpmException($"{path} is in use by another program; /dev/tpmrm0 can be shared", e);
        }
        catch (LinuxException e)
        {
            throw new TpmException($"the TPM cannot be opened: {e.Message}", e);
        }
        catch (SocketException e)
        {
            throw new TpmException($"the TPM at the socket {path} cannot be reached: {e.Message}", e);
        }
    }

    /// <summary>Sends a command, and again while the TPM says that it was not able to begin.</summary>
    /// <returns>The answer, whole and with a code of success.</returns>
    /// <exception cref="TpmException">The TPM refused, or its answer is none.</exception>
    internal byte[] Exchange(ReadOnlySpan<byte> command, string name, string subject)
    {
        for (var repeats = 0; ; repeats++)
        {
            Write(command, name);
            var answer = Read(name);
            var code = BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(6));
            if (code == 0)
            {
                return answer;
            }

            if (!TpmException.IsToBeRepeated(code) || repeats == MaxRepeats)
            {
                throw TpmException.Of(name, subject, code);
            }

            _ = PollCalls.Poll(null, 0, PauseMilliseconds);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _socket?.Dispose();
    }

    private static Socket Dial(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Write(ReadOnlySpan<byte> command, string name)
    {
        fixed (byte* first = command)
        {
            for (nint done = 0; done < command.Length;)
            {
                var count = Unistd.Write(Number, first + done, (nuint)(command.Length - done));
                if (count < 0 && (Errno)Marshal.GetLastPInvokeError() is var error and not (Errno.EINTR or Errno.EAGAIN))
                {
                    throw new TpmException($"{name}: the TPM at {Path} took no command: {LinuxException.Of("write", Path, error).Message}");
                }

                if (count < 0)
                {
                    Wait(PollCalls.POLLOUT, _patience, name);
                }

                done += Math.Max(0, count);
            }
        }
    }

    /// <summary>One answer by the length that stands in it. A device gives all of it to the first read; a socket may give it in pieces.</summary>
    private byte[] Read(string name)
    {
        var answer = new byte[MaxLength];
        var began = Stopwatch.GetTimestamp();
        var (have, length) = (0, Header);
        fixed (byte* first = answer)
        {
            while (have < length)
            {
                Wait(PollCalls.POLLIN, _patience - Stopwatch.GetElapsedTime(began), name);
                var count = Unistd.Read(Number, first + have, (nuint)((_socket is null ? MaxLength : length) - have));
                if (count < 0)
                {
                    var error = (Errno)Marshal.GetLastPInvokeError();
                    if (error is Errno.EINTR or Errno.EAGAIN)
                    {
                        continue;
                    }

                    throw new TpmException($"{name}: the TPM at {Path} gave no answer: {LinuxException.Of("read", Path, error).Message}");
                }

                if (count == 0)
                {
                    throw new TpmException($"{name}: the TPM at {Path} ended its answer after {have} of {length} bytes");
                }

                have += (int)count;
                if (have >= Header)
                {
                    length = LengthOf(answer, name);
                }
            }
        }

        return have == length ? answer[..length] : throw new TpmException($"{name}: the TPM at {Path} gave {have} bytes, but says that its answer has {length}");
    }

    /// <summary>TPM_ST_NO_SESSIONS, TPM_ST_SESSIONS, and TPM_ST_RSP_COMMAND, which is how a TPM 1.2 answers (Part 2, 6.9).</summary>
    private int LengthOf(ReadOnlySpan<byte> answer, string name)
    {
        switch (BinaryPrimitives.ReadUInt16BigEndian(answer))
        {
            case 0x8001 or 0x8002:
                var length = BinaryPrimitives.ReadUInt32BigEndian(answer[2..]);
                return length is >= Header and <= MaxLength ? (int)length : throw new TpmException($"{name}: the TPM at {Path} says that its answer has {length} bytes; {Header} to {MaxLength} are possible");
            case 0x00c4:
                throw new TpmException($"{name}: the TPM at {Path} does not know the command: it is a TPM 1.2, not 2.0");
            case var tag:
                throw new TpmException($"{name}: the TPM at {Path} answers with the tag 0x{tag:x4}, which is no answer of a TPM 2.0");
        }
    }

    private void Wait(short events, TimeSpan most, string name)
    {
        var poll = new PollCalls.pollfd { fd = Number, events = events };
        var ready = most > TimeSpan.Zero ? PollCalls.Poll(&poll, 1, (int)Math.Ceiling(most.TotalMilliseconds)) : 0;
        if (ready == 0)
        {
            throw new TpmException($"{name}: the TPM at {Path} gave no answer within {_patience.TotalSeconds:0.#} s");
        }
    }
}
