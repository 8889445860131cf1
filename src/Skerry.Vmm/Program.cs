using Skerry.Contracts.Vmm;
using Skerry.Linux.Terminals;
using Skerry.Vmm.Carry;
using Skerry.Vmm.Hold;
using Skerry.Vmm.Share;

const int WrongUsage = 2;

StandardStream.OpenMissing();
switch (args)
{
    case ["hold", var document]:
        return await HoldProgram.Run(document);
    case ["carry", "run", var document, var outcome]:
        return await CarryProgram.Run(new CarryTask(document, outcome, IsExec: false));
    case ["carry", "exec", var document]:
        return await CarryProgram.Run(new CarryTask(document, null, IsExec: true));
    case ["share", var holder, var machine, var program, var root, var cache]:
        return await ShareProgram.Run(new ShareTask(new VmShare(holder, machine), program, root, cache));
    case ["--version"]:
        await Console.Out.WriteLineAsync("skerry-vmm " + typeof(HoldProgram).Assembly.GetName().Version?.ToString(3));
        return 0;
    default:
        await Console.Error.WriteLineAsync(
            """
            Usage: skerry-vmm hold VM.JSON
                   skerry-vmm carry run START OUTCOME
                   skerry-vmm carry exec START
                   skerry-vmm share HOLDER MACHINE VIRTIOFSD DIRECTORY CACHE

            What skerryd runs in the jails of a microVM; nothing for people. hold runs the machine and lets many callers
            speak to its guest; carry is a container of the guest, or a further process in one, as a process of the node; share
            shows a machine the volumes in a directory, between the sockets HOLDER and MACHINE.
            """);
        return WrongUsage;
}
