using System.Globalization;

namespace Skerry.Node.Images.Upkeep;

/// <summary>Whether the machine has something better to do than a scrub: it runs on its battery, or programs wait for the disk, memory or a processor.</summary>
/// <param name="root">Where /proc and /sys are.</param>
internal sealed class MachineCalm(string root = "/")
{
    /// <summary>Of the last ten seconds, the per cent in which somebody waited for the disk; a scrub at its pace is below it by itself.</summary>
    private const double BusyDisk = 40;

    /// <summary>The same for memory: nobody should.</summary>
    private const double BusyMemory = 10;

    /// <summary>The same for a processor.</summary>
    private const double BusyProcessor = 60;

    /// <summary>Runnable threads a processor, where the kernel keeps no account of pressure.</summary>
    private const double BusyLoad = 2;

    /// <summary>Why nothing should be read now; null where it may.</summary>
    internal string? WhyBusy() => Battery() ?? Pressure("io", BusyDisk, "the disk") ?? Pressure("memory", BusyMemory, "memory") ?? Pressure("cpu", BusyProcessor, "a processor") ?? Load();

    /// <summary>power_supply(sysfs): a battery that is being emptied, and no other supply that is connected.</summary>
    private string? Battery()
    {
        var supplies = Path.Combine(root, "sys/class/power_supply");
        if (!Directory.Exists(supplies))
        {
            return null;
        }

        var isEmptied = false;
        foreach (var supply in Directory.EnumerateDirectories(supplies))
        {
            var isBattery = Read(supply, "type") == "Battery";
            if (!isBattery && Read(supply, "online") == "1")
            {
                return null;
            }

            isEmptied |= isBattery && Read(supply, "scope") != "Device" && Read(supply, "status") == "Discharging";
        }

        return isEmptied ? "the machine runs on its battery" : null;
    }

    /// <summary>Pressure stall information: "some avg10=1.23 …" (Documentation/accounting/psi.rst).</summary>
    private string? Pressure(string resource, double most, string what)
    {
        var line = Read(Path.Combine(root, "proc/pressure"), resource).Split('\n')[0];
        var value = line.StartsWith("some avg10=", StringComparison.Ordinal) ? line["some avg10=".Length..].Split(' ')[0] : string.Empty;
        return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var waited) && waited > most
            ? string.Create(CultureInfo.InvariantCulture, $"programs waited for {what} {waited:0} % of the last ten seconds")
            : null;
    }

    private string? Load()
    {
        var first = Directory.Exists(Path.Combine(root, "proc/pressure")) ? string.Empty : Read(Path.Combine(root, "proc"), "loadavg").Split(' ')[0];
        return double.TryParse(first, NumberStyles.Float, CultureInfo.InvariantCulture, out var load) && load > BusyLoad * Environment.ProcessorCount
            ? string.Create(CultureInfo.InvariantCulture, $"the machine's load is {load:0.0} on {Environment.ProcessorCount} processors")
            : null;
    }

    private static string Read(string directory, string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, name)).TrimEnd();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
