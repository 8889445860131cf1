using System.Text;
using System.Text.Json;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Runtime.Bundles;

/// <summary>
/// The config.json of a bundle: read once, checked to be whole JSON, and never written. A corrected copy differs from it only in
/// the bytes of the values that <see cref="Edits"/> names.
/// </summary>
internal sealed class BundleConfig
{
    /// <summary>A config.json with a long seccomp profile and thousands of mounts is below 2 MiB.</summary>
    internal const int MaxBytes = 32 * 1024 * 1024;

    /// <summary>The runtime specification nests to about 10; the rest is for annotations of others.</summary>
    internal const int MaxDepth = 128;

    private readonly byte[] _bytes;

    private BundleConfig(byte[] bytes, string path)
    {
        _bytes = bytes;
        Path = path;
    }

    /// <summary>Where it was read from.</summary>
    internal string Path { get; }

    /// <summary>What the bundle says it was written for (config.md, "Specification version").</summary>
    internal string OciVersion { get; private set; } = "";

    /// <summary>Its annotations.</summary>
    internal Dictionary<string, string> Annotations { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the container has a mount namespace that is not the caller's.</summary>
    internal bool HasMountNamespace { get; private set; }

    /// <summary>The root file system, which config.md lets be relative to the bundle; null: not said.</summary>
    internal string? RootPath { get; private set; }

    private (int Start, int Length) _version;
    private int _process;
    private int _linux;
    private (int Start, int Length)? _noNewPrivileges;
    private (int After, bool IsEmpty)? _maskedPaths;

    /// <summary>Reads and checks.</summary>
    /// <exception cref="RefusedException">There is none, it is no regular file, too long, no JSON, or names a thing twice.</exception>
    internal static BundleConfig Read(string bundle, string? file)
    {
        var path = System.IO.Path.Combine(bundle, file ?? "config.json");
        var (opened, error) = FileCalls.TryOpen(null, path, OpenFlags.Read | OpenFlags.NonBlock);
        if (opened is null)
        {
            throw new RefusedException(error == Errno.ENOENT
                ? $"{path} does not exist: --bundle must name a directory with a config.json"
                : $"open {path}: {error}");
        }

        try
        {
            using var handle = opened.ToFileHandle();
            var length = RandomAccess.GetLength(handle);
            if (length > MaxBytes)
            {
                throw new RefusedException($"{path} has {length} bytes; at most {MaxBytes} are read");
            }

            var bytes = new byte[length];
            var got = 0;
            for (int count; got < length && (count = RandomAccess.Read(handle, bytes.AsSpan(got), got)) > 0; got += count)
            {
            }

            var config = new BundleConfig(got == length ? bytes : bytes[..got], path);
            config.Scan();
            return config;
        }
        catch (JsonException error2)
        {
            throw new RefusedException(
                $"{path} is no valid JSON at line {error2.LineNumber + 1}, byte {error2.BytePositionInLine}: {error2.Message.Split(". ")[0]}");
        }
        catch (Exception failure) when (failure is IOException or NotSupportedException or UnauthorizedAccessException)
        {
            throw new RefusedException($"{path} cannot be read as a regular file: {failure.Message}");
        }
    }

    /// <summary>A copy with these corrections; every other byte is the original's.</summary>
    internal byte[] With(Edits edits)
    {
        var changes = new List<(int Start, int Length, string Text)>();
        if (edits.OciVersion is { } version)
        {
            changes.Add((_version.Start, _version.Length, $"\"{version}\""));
        }

        if (edits.NoNewPrivileges && _process > 0)
        {
            changes.Add(_noNewPrivileges is { } value ? (value.Start, value.Length, "true") : (_process, 0, "\"noNewPrivileges\":true,"));
        }

        if (edits.MaskedPaths.Count > 0 && _linux > 0)
        {
            var paths = string.Join(',', edits.MaskedPaths.Select(path => $"\"{JsonEncodedText.Encode(path)}\""));
            changes.Add(_maskedPaths is { } masked
                ? (masked.After, 0, paths + (masked.IsEmpty ? "" : ","))
                : (_linux, 0, $"\"maskedPaths\":[{paths}],"));
        }

        changes.Sort((left, right) => left.Start.CompareTo(right.Start));
        using var copy = new MemoryStream(_bytes.Length + 1024);
        var at = 0;
        foreach (var (start, length, text) in changes)
        {
            copy.Write(_bytes, at, start - at);
            copy.Write(Encoding.UTF8.GetBytes(text));
            at = start + length;
        }

        copy.Write(_bytes, at, _bytes.Length - at);
        return copy.ToArray();
    }

    private void Scan()
    {
        var reader = new Utf8JsonReader(_bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            Scan(ref reader);
        }
        catch (InvalidOperationException)
        {
            throw new RefusedException($"{Path}: the string at byte {reader.TokenStartIndex} is not valid Unicode");
        }
    }

    private void Scan(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new RefusedException($"{Path} must hold one JSON object");
        }

        // Decoders differ in which of two equal names they take, and some fold case: what is decided here must hold beneath.
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var section = "";
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth > 2)
            {
                continue;
            }

            var name = reader.GetString()!;
            if (reader.CurrentDepth == 1)
            {
                section = name;
                Once(seen, name);
                TopLevel(ref reader, name);
            }
            else if (section is "process" or "linux" or "root")
            {
                Once(seen, section + "." + name);
                Nested(ref reader, section, name);
            }
            else if (section == "annotations" && reader.Read() && reader.TokenType == JsonTokenType.String)
            {
                Annotations[name] = reader.GetString()!;
            }
        }

        if (OciVersion.Length == 0)
        {
            throw new RefusedException($"{Path} has no ociVersion (config.md of the runtime specification: it is REQUIRED)");
        }
    }

    private void TopLevel(ref Utf8JsonReader reader, string name)
    {
        if (name is not ("ociVersion" or "process" or "linux"))
        {
            return;
        }

        reader.Read();
        switch (name)
        {
            case "ociVersion" when reader.TokenType == JsonTokenType.String:
                OciVersion = reader.GetString()!;
                _version = ((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));
                break;
            case "ociVersion":
                throw new RefusedException($"{Path}: ociVersion must be a string");
            case "process" when reader.TokenType == JsonTokenType.StartObject:
                _process = (int)reader.BytesConsumed;
                break;
            case "linux" when reader.TokenType == JsonTokenType.StartObject:
                _linux = (int)reader.BytesConsumed;
                break;
        }
    }

    private void Nested(ref Utf8JsonReader reader, string section, string name)
    {
        if (section == "root")
        {
            if (name == "path" && reader.Read() && reader.TokenType == JsonTokenType.String)
            {
                RootPath = reader.GetString();
            }

            return;
        }

        if (section == "process" && name == "noNewPrivileges")
        {
            reader.Read();
            _noNewPrivileges = ((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));
        }
        else if (section == "linux" && name == "namespaces")
        {
            var ahead = reader;
            ahead.Read();
            while (ahead.Read() && ahead.CurrentDepth > 2)
            {
                if (ahead.TokenType == JsonTokenType.PropertyName && ahead.CurrentDepth == 4 && ahead.ValueTextEquals("type"u8))
                {
                    HasMountNamespace |= ahead.Read() && ahead.TokenType == JsonTokenType.String && ahead.ValueTextEquals("mount"u8);
                }
            }
        }
        else if (section == "linux" && name == "maskedPaths")
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                var after = (int)reader.BytesConsumed;
                reader.Read();
                _maskedPaths = (after, reader.TokenType == JsonTokenType.EndArray);
            }
        }
    }

    private void Once(HashSet<string> seen, string name)
    {
        if (!seen.Add(name))
        {
            throw new RefusedException($"{Path} names '{name}' twice");
        }
    }
}
