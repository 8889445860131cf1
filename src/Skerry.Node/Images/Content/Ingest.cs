using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Oci;

namespace Skerry.Node.Images.Content;

/// <summary>
/// One blob on its way in: <c>content/ingest/ALGORITHM-HEX/data</c> and <c>state</c>. Killed at any byte, the next
/// <see cref="Open"/> goes on at the length of <c>data</c>.
/// </summary>
/// <remarks>
/// <para>What must hold: the hash has seen exactly the first <see cref="Offset"/> bytes of <c>data</c>; the blob gets its
/// name only through <see cref="Commit"/>, after <see cref="Verify"/>. A torn tail after a power cut shows in
/// <see cref="Verify"/>, which then begins again at zero.</para>
/// <para>Commit: 1. fsync the data; 2. rename it to the blob's name; 3. remove the rest. Names become durable with
/// <see cref="ContentStore.SyncNames"/>, before an image refers to them.</para>
/// <para>One thread at a time.</para>
/// </remarks>
internal sealed class Ingest : IDisposable
{
    public const string DataName = "data";
    private const string StateName = "state";
    private const int BufferSize = 1 << 20;

    private readonly StoreRoot _store;
    private readonly ImagesOptions _options;
    private readonly IDisposable _held;
    private readonly FileDescriptor? _directory;
    private FileDescriptor? _data;
    private IncrementalHash? _hash;
    private long _durable;
    private long _writeBack;
    private bool _verified;

    private Ingest(StoreRoot store, ImagesOptions options, Digest digest, long size, IDisposable held, FileDescriptor? directory)
    {
        _store = store;
        _options = options;
        _held = held;
        _directory = directory;
        Digest = digest;
        Size = size;
    }

    /// <summary>What the bytes must hash to.</summary>
    public Digest Digest { get; }

    /// <summary>How many bytes there must be.</summary>
    public long Size { get; }

    /// <summary>Bytes that are here already; the next byte to ask for.</summary>
    public long Offset { get; private set; }

    /// <summary>True where the blob was in the store before anything was fetched.</summary>
    public bool IsStored { get; private init; }

    /// <summary>True when all bytes are here (though not yet verified).</summary>
    public bool IsComplete => IsStored || Offset == Size;

    /// <summary>Name of a blob's directory below <c>ingest/</c>.</summary>
    public static string NameOf(Digest digest) => $"{digest.Algorithm}-{digest.Hex}";

    /// <summary>The blob that a directory below <c>ingest/</c> is for; null for a foreign name.</summary>
    public static Digest? DigestOf(string name) =>
        name.IndexOf('-', StringComparison.Ordinal) is var dash and > 0 && Digest.TryParse($"{name[..dash]}:{name[(dash + 1)..]}", out var digest) ? digest : null;

    internal static Ingest Open(StoreRoot store, ImagesOptions options, Digest digest, long size, IDisposable held, TimeProvider time, bool again = false)
    {
        if (!again && FileCalls.Status(store.Blobs, $"{digest.Algorithm}/{digest.Hex}") is { Kind: FileKind.Regular } stored)
        {
            if (stored.Size != size)
            {
                throw new ImageException(ImageProblem.Corrupt,
                    $"fetch {digest}: its descriptor says {size} bytes, but the blob of that digest has {stored.Size}; the manifest is wrong");
            }

            return new Ingest(store, options, digest, size, held, null) { IsStored = true, Offset = size };
        }

        store.Step("make ingest");
        FileCalls.MakeDirectory(store.Ingests, NameOf(digest), 0x1c0);
        var directory = StoreRoot.OpenDirectory(store.Ingests, NameOf(digest));
        var ingest = new Ingest(store, options, digest, size, held, directory);
        try
        {
            ingest.WriteState(time);
            ingest.TakeUp();
            return ingest;
        }
        catch
        {
            ingest._data?.Dispose();
            ingest._hash?.Dispose();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Adds bytes at the end.</summary>
    /// <exception cref="ImageException">More bytes than the descriptor says.</exception>
    /// <exception cref="LinuxException">The disk is full or broken; what was written stays for the next try.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Size - Offset)
        {
            throw new ImageException(ImageProblem.Corrupt, $"fetch {Digest}: more than the {Size} bytes of its descriptor came");
        }

        _store.Step("write ingest");
        FileCalls.Write(_data!, bytes, Offset, Digest.ToString());
        _hash!.AppendData(bytes);
        Offset += bytes.Length;

        // Write-back starts early, so that the final fsync finds little left; a full fsync bounds what a power cut costs.
        if (Offset - _durable >= _options.DurableEvery.Bytes)
        {
            FileCalls.SyncContent(_data!);
            _durable = _writeBack = Offset;
        }
        else if (Offset - _writeBack >= 8 * BufferSize)
        {
            FileCalls.StartWriteBack(_data!, _writeBack, Offset - _writeBack);
            _writeBack = Offset;
        }
    }

    /// <summary>Checks length and digest of all bytes.</summary>
    /// <exception cref="ImageException">They differ; the ingest is empty again, so that a new try starts at zero.</exception>
    public void Verify()
    {
        if (IsStored || _verified)
        {
            return;
        }

        if (Offset != Size)
        {
            throw new ImageException(ImageProblem.Corrupt, $"fetch {Digest}: {Offset} of {Size} bytes came");
        }

        if (!Digest.IsHashOf(_hash!))
        {
            Restart();
            throw new ImageException(ImageProblem.Corrupt, $"fetch {Digest}: the {Size} bytes that came have another digest; they were thrown away");
        }

        _verified = true;
    }

    /// <summary>The verified bytes, open for reading; the caller disposes it. Stays readable after the commit.</summary>
    public FileDescriptor OpenVerified()
    {
        if (IsStored)
        {
            var (blob, blobError) = FileCalls.OpenBeneath(_store.Blobs, $"{Digest.Algorithm}/{Digest.Hex}", OpenFlags.Read);
            return blob ?? throw LinuxException.Of("openat2", Digest.ToString(), blobError);
        }

        if (!_verified)
        {
            throw new InvalidOperationException("not verified");
        }

        return FileCalls.Open(_directory, DataName, OpenFlags.Read | OpenFlags.NoFollow);
    }

    /// <summary>Gives the verified blob its name. Durable are its bytes; the name is with <see cref="ContentStore.SyncNames"/>.</summary>
    public void Commit()
    {
        if (IsStored)
        {
            return;
        }

        Verify();

        // 1. The bytes.
        _store.Step("fsync ingest");
        FileCalls.SetMode(_data!, 0x100); // 0400
        FileCalls.Sync(_data!);

        // 2. The name.
        using (var algorithm = StoreRoot.Make(_store.Blobs, Digest.Algorithm))
        {
            _store.Step("rename ingest");
            FileCalls.Rename(_directory, DataName, algorithm, Digest.Hex);
        }

        // 3. The rest.
        _store.Step("remove ingest");
        TreeRemoval.Remove(_store.Ingests, NameOf(Digest));
    }

    /// <summary>Throws the bytes away, to begin at zero.</summary>
    public void Restart()
    {
        _store.Step("truncate ingest");
        FileCalls.SetLength(_data!, 0);
        _hash!.Dispose();
        _hash = Digest.CreateHash();
        _verified = false;
        Offset = _durable = _writeBack = 0;
    }

    public void Dispose()
    {
        _hash?.Dispose();
        _data?.Dispose();
        _directory?.Dispose();
        _held.Dispose();
    }

    private void TakeUp()
    {
        _data = FileCalls.Open(_directory, DataName, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.NoFollow, 0x180);
        _hash = Digest.CreateHash();
        long there = FileCalls.Status(_data).Size;
        if (there > Size)
        {
            FileCalls.SetLength(_data, 0);
            there = 0;
        }

        FileCalls.AdviseSequential(_data);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (Offset < there && FileCalls.Read(_data, buffer.AsSpan(0, (int)Math.Min(buffer.Length, there - Offset)), Offset, Digest.ToString()) is var n and > 0)
            {
                _hash.AppendData(buffer, 0, n);
                Offset += n;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _durable = _writeBack = Offset;
    }

    private void WriteState(TimeProvider time)
    {
        // For people and for prune: what this is, how large it will be, when it was last taken up. Never trusted.
        using var file = FileCalls.Open(_directory, StateName, OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.NoFollow, 0x180);
        var state = new IngestState(Digest.ToString(), Size, time.GetUtcNow());
        FileCalls.Write(file, JsonSerializer.SerializeToUtf8Bytes(state, IngestJson.Default.IngestState), 0, StateName);
    }
}

/// <summary>What <c>state</c> of an ingest holds.</summary>
internal sealed record IngestState(string Digest, long Size, DateTimeOffset TakenUpAt);

/// <summary>Source-generated JSON of an ingest.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IngestState))]
internal sealed partial class IngestJson : JsonSerializerContext;
