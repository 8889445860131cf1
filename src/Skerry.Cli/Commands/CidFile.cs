using Skerry.Cli.CommandLine;

namespace Skerry.Cli.Commands;

/// <summary>The file of <c>--cidfile</c>. It is made before anything starts, so that no container is started whose id cannot be written, and is gone again where none was.</summary>
internal sealed class CidFile : IDisposable
{
    private readonly FileStream _file;
    private bool _isWritten;

    private CidFile(FileStream file) => _file = file;

    /// <summary>Null where none was asked for.</summary>
    /// <exception cref="CliFailure">It is there already, or cannot be made.</exception>
    internal static CidFile? Open(Invocation invocation)
    {
        if (invocation.Text("cidfile") is not { } path)
        {
            return null;
        }

        try
        {
            return new CidFile(new FileStream(path, FileMode.CreateNew, FileAccess.Write));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"--cidfile {path}: {error.Message} Nothing was started", "name a file that is not there, in a directory that is", ExitCodes.NotStarted, error);
        }
    }

    internal void Write(string containerId)
    {
        _file.Write(System.Text.Encoding.ASCII.GetBytes(containerId));
        _file.Flush();
        _isWritten = true;
    }

    public void Dispose()
    {
        _file.Dispose();
        if (!_isWritten)
        {
            File.Delete(_file.Name);
        }
    }
}
