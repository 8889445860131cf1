using Skerry.Linux.Machine;

namespace Skerry.Linux.Tests.Machine;

public sealed class KsmTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ksm-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void It_is_switched_on_where_it_is_off_and_that_is_told()
    {
        var run = Path.Combine(_directory.FullName, "run");
        File.WriteAllText(run, "0\n");
        Assert.Contains("was off and is on now", new Ksm(_directory.FullName).TurnOn(), StringComparison.Ordinal);
        Assert.Equal("1", File.ReadAllText(run));
        Assert.Null(new Ksm(_directory.FullName).TurnOn());
    }

    [Fact]
    public void A_kernel_without_it_is_told()
    {
        Assert.Contains("CONFIG_KSM", new Ksm(_directory.FullName).TurnOn(), StringComparison.Ordinal);
        Assert.Contains("CONFIG_KSM", new Ksm(Path.Combine(_directory.FullName, "none")).TurnOn(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_read_is_told()
    {
        _ = Directory.CreateDirectory(Path.Combine(_directory.FullName, "run"));
        Assert.Contains("cannot be switched on", new Ksm(_directory.FullName).TurnOn(), StringComparison.Ordinal);
    }
}
