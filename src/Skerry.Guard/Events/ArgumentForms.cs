using Meaning = Skerry.Guard.Events.ArgumentForm.Meaning;

namespace Skerry.Guard.Events;

/// <summary>
/// Which argument of which event is what: one table, of the types that Falco gives them. The numbers are the kernel's, as include/uapi of
/// Linux has them for x86-64; names and their order are those of Falco's driver/flags_table.c.
/// </summary>
internal static class ArgumentForms
{
    private const StringSplitOptions Clean = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    /// <summary>Events ("*" for all), arguments, what they are: one of <see cref="Forms"/>. A later line takes the place of an earlier.</summary>
    private const string Rows = """
        * res result
        * fd,dirfd,mountfd,olddirfd,newdirfd,olddir,newdir,linkdirfd,fd_in,fd_out,out_fd,in_fd,fdin,fdout,oldfd,newfd,fd1,fd2,pid_fd,target_fd descriptor
        dup,dup2,dup3,fcntl,eventfd,eventfd2,signalfd,signalfd4,timerfd_create,inotify_init,inotify_init1 res descriptor
        procexit status,ret result
        kill,tkill,tgkill,procexit,signaldeliver sig signal
        open,openat,openat2,open_by_handle_at flags open
        open,openat,openat2,creat mode octal
        open,openat,openat2,creat,open_by_handle_at dev hexadecimal
        mkdir,mkdirat mode hexadecimal
        chmod,fchmod,fchmodat,fchmodat2 mode mode
        mknod,mknodat mode node
        openat2 resolve resolve
        dup3,pipe2,userfaultfd,inotify_init1,eventfd2,signalfd4,socket flags file
        clone,clone3,fork,vfork,unshare flags clone
        setns nstype clone
        execve,execveat flags program
        execve,execveat,capset cap_inheritable,cap_permitted,cap_effective hexadecimal
        execve,execveat,setuid,getuid uid user
        execve,execveat loginuid user
        execve,execveat,setgid,getgid gid group
        setreuid,setresuid,geteuid,getresuid ruid,euid,suid user
        setresgid,getegid,getresgid rgid,egid,sgid group
        setregid rgid,egid user
        socket,socketpair domain family
        socketpair source,peer hexadecimal
        setsockopt,getsockopt level level
        setsockopt,getsockopt optname option
        shutdown how how
        connect addr peer
        accept4,pidfd_getfd,seccomp,timerfd_create,inotify_init,eventfd,signalfd flags hexadecimal
        lseek,llseek whence whence
        fcntl cmd fcntl
        fcntl arg hexadecimal
        ioctl request,argument hexadecimal
        flock operation flock
        getrlimit,setrlimit,prlimit resource resource
        mmap,mmap2,mprotect prot protection
        mmap,mmap2 flags mapping
        brk res hexadecimal
        brk,mmap,mmap2,munmap,mprotect,mlock,munlock,mlock2,futex addr hexadecimal
        mlockall flags lockall
        mlock2 flags lock
        splice flags splice
        access mode access
        unlinkat flags unlink
        linkat flags link
        newfstatat flags status
        fchownat flags owner
        renameat2 flags rename
        mount flags mount
        umount2 flags umount
        ptrace request ptrace
        bpf cmd bpf
        prctl option prctl
        keyctl operation keyctl
        memfd_create flags memory
        pidfd_open flags pidfd
        epoll_create1 flags epoll
        finit_module flags module
        delete_module flags unload
        futex op futex
        io_uring_setup flags ring
        io_uring_setup features ringfeatures
        io_uring_enter flags ringenter
        io_uring_register opcode ringregister
        io_uring_register arg hexadecimal
        fsconfig cmd fsconfig
        semget key hexadecimal
        """;

    private static readonly Dictionary<string, ArgumentForm> Forms = new(StringComparer.Ordinal)
    {
        ["result"] = new(Meaning.Result),
        ["descriptor"] = new(Meaning.Descriptor),
        ["signal"] = new(Meaning.Signal),
        ["user"] = new(Meaning.User),
        ["group"] = new(Meaning.Group),
        ["peer"] = new(Meaning.Peer),
        ["octal"] = new(Meaning.Octal),
        ["hexadecimal"] = new(Meaning.Hexadecimal),
        ["open"] = new(Meaning.Open),
        ["option"] = new(Meaning.SocketOption, ArgumentValues.SocketOptions),
        ["mode"] = new(Meaning.Mode, ArgumentValues.Modes),
        ["node"] = new(Meaning.Mode, ArgumentValues.NodeModes),
        ["resolve"] = Named(ArgumentValues.Resolve),
        ["file"] = Named(ArgumentValues.FileFlags),
        ["clone"] = Named(ArgumentValues.CloneFlags),
        ["program"] = Named(ArgumentValues.ProgramFlags),
        ["family"] = Named(ArgumentValues.Families),
        ["level"] = Named(ArgumentValues.SocketLevels),
        ["how"] = Named(ArgumentValues.ShutdownHow),
        ["whence"] = Named(ArgumentValues.Whence),
        ["fcntl"] = Named(ArgumentValues.DescriptorCommands),
        ["flock"] = Named(ArgumentValues.FileLocks),
        ["resource"] = Named(ArgumentValues.Resources),
        ["protection"] = Named(ArgumentValues.Protections),
        ["mapping"] = Named(ArgumentValues.MappingFlags),
        ["lockall"] = Named(ArgumentValues.LockAllFlags),
        ["lock"] = Named(ArgumentValues.LockFlags),
        ["splice"] = Named(ArgumentValues.SpliceFlags),
        ["access"] = Named(ArgumentValues.AccessModes),
        ["unlink"] = Named(ArgumentValues.UnlinkFlags),
        ["link"] = Named(ArgumentValues.LinkFlags),
        ["status"] = Named(ArgumentValues.StatusFlags),
        ["owner"] = Named(ArgumentValues.OwnerFlags),
        ["rename"] = Named(ArgumentValues.RenameFlags),
        ["mount"] = Named(ArgumentValues.MountFlags),
        ["umount"] = Named(ArgumentValues.UnmountFlags),
        ["ptrace"] = Named(ArgumentValues.PtraceRequests),
        ["bpf"] = Named(ArgumentValues.BpfCommands),
        ["prctl"] = Named(ArgumentValues.ProcessOptions),
        ["keyctl"] = Named(ArgumentValues.KeyOperations),
        ["memory"] = Named(ArgumentValues.MemoryFileFlags),
        ["pidfd"] = Named(ArgumentValues.PidfdFlags),
        ["epoll"] = Named(ArgumentValues.EpollFlags),
        ["module"] = Named(ArgumentValues.ModuleFlags),
        ["unload"] = Named(ArgumentValues.UnloadFlags),
        ["futex"] = Named(ArgumentValues.FutexOperations),
        ["ring"] = Named(ArgumentValues.RingFlags),
        ["ringfeatures"] = Named(ArgumentValues.RingFeatures),
        ["ringenter"] = Named(ArgumentValues.RingEnterFlags),
        ["ringregister"] = Named(ArgumentValues.RingOperations),
        ["fsconfig"] = Named(ArgumentValues.MountCommands),
    };

    private static readonly Dictionary<(string Event, string Argument), ArgumentForm> Table = Read();

    /// <summary>What the numbers in an argument of a kind of event are.</summary>
    public static ArgumentForm Of(string type, string argument) =>
        Table.GetValueOrDefault((type, argument)) ?? Table.GetValueOrDefault(("*", argument)) ?? ArgumentForm.Plain;

    private static ArgumentForm Named(FlagNames names) => new(Meaning.Named, names);

    private static Dictionary<(string Event, string Argument), ArgumentForm> Read()
    {
        Dictionary<(string, string), ArgumentForm> table = [];
        foreach (var row in Rows.Split('\n', Clean))
        {
            var (events, arguments, form) = row.Split(' ', Clean) is [var e, var a, var f] ? (e, a, Forms[f]) : throw new FormatException($"'{row}' is no row");
            foreach (var type in events.Split(','))
            {
                foreach (var argument in arguments.Split(','))
                {
                    table[(type, argument)] = form;
                }
            }
        }

        return table;
    }
}
