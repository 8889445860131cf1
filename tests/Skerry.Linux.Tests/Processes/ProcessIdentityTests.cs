using System.Diagnostics;
using System.Globalization;
using Skerry.Linux.Processes;

namespace Skerry.Linux.Tests.Processes;

public sealed class ProcessIdentityTests
{
    [Fact]
    public void A_process_runs_until_it_ends_and_a_later_one_of_its_pid_is_another()
    {
        using var program = Process.Start("sleep", "1000");
        var identity = ProcessIdentity.Of(program.Id)!.Value;
        Assert.True(identity.IsAlive());
        Assert.True(identity.IsRunning());
        Assert.False((identity with { Start = identity.Start + 1 }).IsRunning());
        program.Kill();
        program.WaitForExit();
        Assert.False(identity.IsAlive());
        Assert.False(identity.IsRunning());
    }

    /// <summary>The first process of a pid namespace waits in its end for one whose parent, outside, does not reap it.</summary>
    [Fact]
    public async Task A_process_that_is_ending_and_waits_for_others_is_alive_and_does_not_run()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        using var outer = Process.Start("unshare", ["--pid", "--fork", "--kill-child", "sleep", "1000"]);
        var first = await ChildOf(outer.Id);
        using var parent = Process.Start("nsenter", [$"--pid=/proc/{first.Pid}/ns/pid", "sleep", "1000"]);
        try
        {
            await ChildOf(parent.Id);
            Signal("STOP", parent.Id);
            Signal("KILL", first.Pid);
            await Until(() => !first.IsRunning());
            Assert.True(first.IsAlive());
        }
        finally
        {
            Signal("CONT", parent.Id);
            await parent.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await Until(() => !first.IsAlive());
    }

    /// <summary>The child of a process, once it runs the program that it is for.</summary>
    private static async Task<ProcessIdentity> ChildOf(int pid)
    {
        ProcessIdentity? child = null;
        await Until(() => File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var only]
            && File.ReadAllText($"/proc/{only}/comm") == "sleep\n" && (child = ProcessIdentity.Of(int.Parse(only, CultureInfo.InvariantCulture))) is not null);
        return child!.Value;
    }

    private static void Signal(string name, int pid)
    {
        using var kill = Process.Start("kill", ["-" + name, pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    private static async Task Until(Func<bool> holds)
    {
        for (var i = 0; !holds(); i++)
        {
            Assert.True(i < 3000, "it never came to be");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
