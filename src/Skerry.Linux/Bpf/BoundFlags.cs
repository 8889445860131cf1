namespace Skerry.Linux.Bpf;

/// <summary>What the warden does in a container (enum watched_flags and bound_flags, bpf/include/contract.h).</summary>
[Flags]
public enum BoundFlags : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Programs in the writable layer are not started where security hooks refuse, else killed before their first instruction.</summary>
    KillsDrift = 2,

    /// <summary>Programs that no name leads to are not started where security hooks refuse, else killed before their first instruction.</summary>
    KillsNameless = 4,

    /// <summary>It speaks to the networks of its set alone.</summary>
    DeniesNetworks = 8,

    /// <summary>Scripts in the writable layer are not started by their names. This and all that follow: in security hooks or not at all.</summary>
    DeniesScripts = 16,

    /// <summary>Packet sockets.</summary>
    DeniesPackets = 32,

    /// <summary>init_module(2) and finit_module(2).</summary>
    DeniesModules = 64,

    /// <summary>delete_module(2), kexec_load(2) and kexec_file_load(2).</summary>
    DeniesReplacement = 128,

    /// <summary>bpf(2) that loads a program.</summary>
    DeniesPrograms = 256,

    /// <summary>bpf(2) and perf_event_open(2).</summary>
    DeniesBpf = 512,

    /// <summary>mount(2), move_mount(2) and fsmount(2).</summary>
    DeniesMounts = 1024,

    /// <summary>setns(2).</summary>
    DeniesEntering = 2048,

    /// <summary>unshare(2) of a user namespace.</summary>
    DeniesUnsharing = 4096,

    /// <summary>clone(2) and clone3(2) into a user namespace.</summary>
    DeniesCloning = 8192,
}
