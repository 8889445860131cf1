using System.Text;
using Skerry.Linux.Mounts;
using Skerry.Node.Sensors.Alerts;

namespace Skerry.Node.Tests.Sensors.Alerts;

/// <summary>Lines on a real disk: one that was torn takes none with it.</summary>
public sealed class AlertFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-alerts-").FullName;

    private string File => Path.Combine(_directory, "alerts.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_line_that_a_power_cut_tore_does_not_swallow_the_next_one()
    {
        using (var file = new AlertFile(File, 1 << 20))
        {
            file.Append("""{"a":1}"""u8);
        }

        await System.IO.File.AppendAllTextAsync(File, """{"b":{"c":2}""", TestContext.Current.CancellationToken);
        using (var file = new AlertFile(File, 1 << 20))
        {
            file.Append("""{"d":3}"""u8);
        }

        Assert.Equal("{\"a\":1}\n{\"b\":{\"c\":2}\n{\"d\":3}\n", await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_line_that_found_no_room_leaves_nothing_of_itself()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: a small file system is mounted");
        MountTable.Mount("tmpfs", _directory, "tmpfs", MountTable.Options.NoSetuid, "size=16k");
        try
        {
            using var file = new AlertFile(File, 1 << 20);
            file.Append("""{"a":1}"""u8);
            Assert.Throws<IOException>(() => file.Append(Encoding.UTF8.GetBytes($$"""{"b":"{{new string('b', 20_000)}}"}""")));
            Assert.Equal("{\"a\":1}\n", await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken));
            file.Append("""{"c":3}"""u8);
            Assert.Equal(["""{"a":1}""", """{"c":3}"""], AlertFile.Lines(File).Select(Encoding.UTF8.GetString));
        }
        finally
        {
            MountTable.Detach(_directory);
        }
    }
}
