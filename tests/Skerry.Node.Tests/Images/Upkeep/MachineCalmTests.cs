using Skerry.Node.Images.Upkeep;

namespace Skerry.Node.Tests.Images.Upkeep;

/// <summary>What the kernel's files say of a machine, as they look on real ones.</summary>
public sealed class MachineCalmTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("skerry-calm").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_machine_without_a_word_about_it_is_calm() => Assert.Null(new MachineCalm(_root).WhyBusy());

    [Fact]
    public void A_battery_that_is_emptied_counts_and_not_one_beside_a_plug_or_of_a_mouse()
    {
        Supply("BAT0", ("type", "Battery"), ("status", "Discharging"));
        Assert.Equal("the machine runs on its battery", new MachineCalm(_root).WhyBusy());
        Supply("AC", ("type", "Mains"), ("online", "0"));
        Assert.NotNull(new MachineCalm(_root).WhyBusy());
        Supply("AC", ("type", "Mains"), ("online", "1"));
        Assert.Null(new MachineCalm(_root).WhyBusy());
        Directory.Delete(Path.Combine(_root, "sys"), recursive: true);
        Supply("mouse", ("type", "Battery"), ("status", "Discharging"), ("scope", "Device"));
        Assert.Null(new MachineCalm(_root).WhyBusy());
    }

    [Theory]
    [InlineData("io", 41, "programs waited for the disk 41 %")]
    [InlineData("memory", 11, "programs waited for memory 11 %")]
    [InlineData("cpu", 61, "programs waited for a processor 61 %")]
    public void Pressure_counts_where_the_kernel_keeps_account_of_it(string resource, int per, string said)
    {
        Directory.CreateDirectory(Path.Combine(_root, "proc/pressure"));
        File.WriteAllText(Path.Combine(_root, "proc/pressure", resource), $"some avg10={per}.00 avg60=0.10 avg300=0.00 total=12345\nfull avg10=99.00 avg60=0.00 avg300=0.00 total=1\n");
        Assert.StartsWith(said, new MachineCalm(_root).WhyBusy(), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_root, "proc/pressure", resource), "some avg10=1.00 avg60=0.10 avg300=0.00 total=12345\n");
        Assert.Null(new MachineCalm(_root).WhyBusy());
    }

    [Fact]
    public void Load_counts_where_it_does_not()
    {
        Directory.CreateDirectory(Path.Combine(_root, "proc"));
        File.WriteAllText(Path.Combine(_root, "proc/loadavg"), $"{(Environment.ProcessorCount * 2) + 1}.00 1.00 1.00 1/100 1\n");
        Assert.StartsWith("the machine's load is", new MachineCalm(_root).WhyBusy(), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_root, "proc/loadavg"), "0.10 1.00 1.00 1/100 1\n");
        Assert.Null(new MachineCalm(_root).WhyBusy());
    }

    private void Supply(string name, params (string File, string Text)[] files)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_root, "sys/class/power_supply", name)).FullName;
        foreach (var (file, text) in files)
        {
            File.WriteAllText(Path.Combine(directory, file), text + "\n");
        }
    }
}
