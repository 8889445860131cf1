namespace Skerry.Linux.Machine;

/// <summary>The kernel's search for equal pages, which it then keeps once (Documentation/admin-guide/mm/ksm.rst). It is one for the whole machine.</summary>
public sealed class Ksm
{
    private const string Usual = "/sys/kernel/mm/ksm";

    private readonly string _run;

    /// <param name="directory">Its directory in sysfs.</param>
    public Ksm(string directory = Usual) => _run = Path.Combine(directory, "run");

    /// <summary>Switches it on where it is off.</summary>
    /// <returns>What is to be told: that it was off, or why it cannot be switched on; null: it was on.</returns>
    public string? TurnOn()
    {
        const string On = "1";
        try
        {
            if (File.ReadAllText(_run).Trim() == On)
            {
                return null;
            }

            File.WriteAllText(_run, On);
            return $"the kernel's search for equal pages was off and is on now ({_run})";
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"the kernel does not search for equal pages: there is no {_run} (CONFIG_KSM)";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"the kernel's search for equal pages cannot be switched on: {error.Message}";
        }
    }
}
