using Skerry.Guard.Events;

namespace Skerry.Guard.Tests.Events;

public sealed class ArgumentNamesTests
{
    /// <summary>Event, argument, the number of the kernel, what Falco writes.</summary>
    public static TheoryData<string, string, long, string> Arguments => new()
    {
        { "kill", "sig", 9, "SIGKILL" },
        { "tgkill", "sig", 0, "0" },
        { "procexit", "sig", 11, "SIGSEGV" },
        { "memfd_create", "flags", 3, "MFD_CLOEXEC|MFD_ALLOW_SEALING" },
        { "setsockopt", "level", 1, "SOL_SOCKET" },
        { "setsockopt", "level", 41, "UNKNOWN" },
        { "shutdown", "how", 0, "SHUT_RD" },
        { "lseek", "whence", 2, "SEEK_END" },
        { "fcntl", "cmd", 2, "F_SETFD" },
        { "fcntl", "cmd", 1030, "F_DUPFD_CLOEXEC" },
        { "flock", "operation", 6, "LOCK_EX|LOCK_NB" },
        { "mmap", "flags", 0x22, "MAP_PRIVATE|MAP_ANONYMOUS" },
        { "mmap", "prot", 3, "PROT_READ|PROT_WRITE" },
        { "mprotect", "prot", 0, "PROT_NONE" },
        { "dup3", "flags", 0x80000, "O_CLOEXEC" },
        { "dup3", "flags", 0, "O_NONE" },
        { "access", "mode", 4, "R_OK" },
        { "access", "mode", 0, "F_OK" },
        { "prctl", "option", 15, "PR_SET_NAME" },
        { "prctl", "option", 1, "1" },
        { "prlimit", "resource", 7, "RLIMIT_NOFILE" },
        { "unlinkat", "flags", 0x200, "AT_REMOVEDIR" },
        { "unlinkat", "flags", 0, "0" },
        { "linkat", "flags", 0x400, "AT_SYMLINK_FOLLOW" },
        { "fchownat", "flags", 0x100, "AT_SYMLINK_NOFOLLOW" },
        { "newfstatat", "flags", 0x1100, "AT_EMPTY_PATH|AT_SYMLINK_NOFOLLOW" },
        { "mount", "flags", 0x1002, "NOSUID|BIND" },
        { "umount2", "flags", 2, "DETACH" },
        { "renameat2", "flags", 2, "RENAME_EXCHANGE" },
        { "keyctl", "operation", 11, "KEYCTL_READ" },
        { "finit_module", "flags", 2, "MODULE_INIT_IGNORE_VERMAGIC" },
        { "delete_module", "flags", 0x800, "O_NONBLOCK" },
        { "pidfd_open", "flags", 0x800, "PIDFD_NONBLOCK" },
        { "epoll_create1", "flags", 0x80000, "EPOLL_CLOEXEC" },
        { "io_uring_enter", "flags", 1, "IORING_ENTER_GETEVENTS" },
        { "io_uring_register", "opcode", 11, "IORING_REGISTER_RESTRICTIONS" },
        { "futex", "op", 129, "FUTEX_PRIVATE_FLAG|FUTEX_WAKE" },
        { "futex", "op", 393, "FUTEX_CLOCK_REALTIME|FUTEX_PRIVATE_FLAG|FUTEX_WAIT_BITSET" },
        { "openat2", "resolve", 0x18, "RESOLVE_BENEATH|RESOLVE_IN_ROOT" },
        { "openat", "flags", 0x80000, "O_RDONLY|O_CLOEXEC" },
        { "openat", "flags", 0x80241, "O_TRUNC|O_CREAT|O_WRONLY|O_CLOEXEC" },
        { "openat", "mode", 0x1A0, "0640" },
        { "openat", "mode", 0, "0" },
        { "openat", "dirfd", -100, "AT_FDCWD" },
        { "openat", "fd", -2, "ENOENT" },
        { "openat", "fd", 7, "7" },
        { "mkdir", "mode", 0x1E8, "1E8" },
        { "chmod", "mode", 0x9C0, "S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID" },
        { "mknod", "mode", 0x6180, "S_IWUSR|S_IRUSR|S_IFBLK" },
        { "socket", "domain", 1, "AF_LOCAL|AF_UNIX" },
        { "socket", "domain", 17, "AF_PACKET" },
        { "ptrace", "request", 16, "PTRACE_ATTACH" },
        { "ptrace", "request", 999, "PTRACE_UNKNOWN" },
        { "bpf", "cmd", 5, "BPF_PROG_LOAD" },
        { "capset", "cap_effective", 0x1F, "1F" },
        { "execve", "flags", 0, "0" },
        { "setuid", "uid", 0, "root" },
        { "setuid", "uid", 33, "www-data" },
        { "setuid", "uid", 65534, "nobody" },
        { "setuid", "uid", 4711, "<NA>" },
        { "setresuid", "ruid", -1, "<NONE>" },
        { "setgid", "gid", 5, "tty" },
        { "execve", "uid", 0, "root" },
        { "chown", "uid", 0, "0" },
    };

    [Theory]
    [MemberData(nameof(Arguments))]
    public void A_number_reads_as_Falco_resolves_it(string type, string argument, long value, string expected)
    {
        var container = Make.Container();
        container.UserNames = new Dictionary<uint, Text> { [33] = "www-data" };
        container.GroupNames = new Dictionary<uint, Text> { [5] = "tty" };
        var e = Make.Event(type, Make.Process("x", container: container, user: "nobody", uid: 65534), 0, (argument, value));
        Assert.True(Judgement.Holds($"evt.arg.{argument} = '{expected}'", e), $"{type}.{argument}={value} reads {e.Arguments.Read(Position(e.Type, argument))}");
        Assert.True(Judgement.Holds($"evt.rawarg.{argument} exists", e));
    }

    [Theory]
    [InlineData(1, 2, "SO_REUSEADDR")]
    [InlineData(6, 2, "UNKNOWN")]
    public void An_option_of_a_socket_has_the_name_of_its_level(long level, long option, string expected)
    {
        var e = Make.Event("setsockopt", Make.Process("x"), 0, ("level", level), ("optname", option));
        Assert.True(Judgement.Holds($"evt.arg.optname = {expected}", e));
    }

    [Fact]
    public void A_descriptor_reads_as_what_is_behind_it()
    {
        var e = Make.Open(Make.Process("cat"), "/etc/passwd");
        e.SetArgument(Position(e.Type, "fd"), 3);
        Assert.True(Judgement.Holds("evt.arg.fd = '<f>/etc/passwd' and evt.args contains 'fd=<f>/etc/passwd'", e));
        var connected = Make.Connect(Make.Process("curl"), "1.2.3.4", 80);
        connected.SetArgument(Position(connected.Type, "fd"), 5);
        Assert.True(Judgement.Holds("evt.arg.fd startswith '<4t>10.88.0.2:40000'", connected));
    }

    [Fact]
    public void The_address_of_a_connect_is_the_one_that_is_connected_to()
    {
        var e = Make.Connect(Make.Process("curl"), "1.2.3.4", 80);
        e.SetArgument(Position(e.Type, "addr"), e.Descriptor!.Name.Span);
        Assert.True(Judgement.Holds("evt.arg.addr = '1.2.3.4:80'", e));
        var local = Make.Event("connect", Make.Process("docker"), 0, ("addr", "/run/docker.sock"));
        local.Descriptor = new DescriptorFacts { Kind = DescriptorKind.Unix, Name = "/run/docker.sock" };
        Assert.True(Judgement.Holds("evt.arg.addr = /run/docker.sock", local));
    }

    [Fact]
    public void The_layer_of_a_file_is_among_the_flags_of_its_open()
    {
        var e = Make.Open(Make.Process("cat"), "/tmp/x");
        e.Descriptor!.IsInUpperLayer = true;
        Assert.True(Judgement.Holds("evt.arg.flags = 'O_RDONLY|FD_UPPER_LAYER'", e));
    }

    private static int Position(EventType type, string argument) => type.Arguments.Index().First(a => a.Item == argument).Index;
}
