using System.Text;

namespace Skerry.Node.Sensors.Alerts;

/// <summary>Alerts on disk, one JSON object a line, in two files of bounded size: the one that grows, and the one before it (with .1 behind its name).</summary>
/// <remarks>One thread writes. Readers open the files anew; a line that is half written has no end yet and is left out. One that a full disk or a power cut left
/// half is taken back or ended, so that the next one is a line of its own.</remarks>
internal sealed class AlertFile(string path, long most) : IDisposable
{
    private FileStream? _file;

    /// <summary>Adds a line.</summary>
    /// <exception cref="IOException">It cannot be written; the next line tries again.</exception>
    internal void Append(ReadOnlySpan<byte> line)
    {
        _file ??= Open();
        if (_file.Length + line.Length >= most)
        {
            _file.Dispose();
            _file = null;
            File.Move(path, path + ".1", overwrite: true);
            _file = Open();
        }

        var before = _file.Length;
        try
        {
            _file.Write(line);
            _file.WriteByte((byte)'\n');
            _file.Flush();
        }
        catch (IOException)
        {
            TakeBack(before);
            throw;
        }
    }

    /// <summary>All lines that are kept, oldest first.</summary>
    internal static IEnumerable<byte[]> Lines(string path)
    {
        foreach (var name in (string[])[path + ".1", path])
        {
            if (!File.Exists(name))
            {
                continue;
            }

            using var reader = new StreamReader(new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), Encoding.UTF8);
            while (reader.ReadLine() is { } line)
            {
                if (line is ['{', .., '}'])
                {
                    yield return Encoding.UTF8.GetBytes(line);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private FileStream Open()
    {
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        try
        {
            file.Position = Math.Max(0, file.Length - 1);
            if (file.ReadByte() is not (-1 or '\n'))
            {
                file.WriteByte((byte)'\n');
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void TakeBack(long length)
    {
        try
        {
            _file!.SetLength(length);
        }
        catch (IOException)
        {
            // Whoever opens it next ends the line.
        }
        finally
        {
            _file!.Dispose();
            _file = null;
        }
    }
}
