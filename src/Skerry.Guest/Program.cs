using Skerry.Guest;
using Skerry.Guest.Boot;
using Skerry.Linux;
using Skerry.Linux.Machine;

// An exception is the end of the machine: its host sees the reason on the console, and that the machine is gone.
try
{
    FirstSteps.Run();
    Agent.Serve();
}
catch (Exception error)
{
    KernelLog.Fatal($"{error.GetType().Name}: {error.Message}");
}

try
{
    ThisMachine.Sync();
    if (BootWords.EndsByReset)
    {
        ThisMachine.Reset();
    }

    ThisMachine.PowerOff();
}
catch (LinuxException error)
{
    KernelLog.Fatal(error.Message);
}

// The end of the first process is a panic of the kernel.
return 1;
