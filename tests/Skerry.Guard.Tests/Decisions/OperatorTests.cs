using Skerry.Guard.Events;

namespace Skerry.Guard.Tests.Decisions;

/// <summary>Every operator, modifier and transformer on one event, and what absent fields answer.</summary>
public sealed class OperatorTests
{
    [Theory]
    [InlineData("proc.name = cat", true)]
    [InlineData("proc.name = dog", false)]
    [InlineData("proc.name != dog", true)]
    [InlineData("proc.name > 5", true)]
    [InlineData("proc.name > val(proc.pname)", true)]
    [InlineData("proc.name <= val(proc.pname)", false)]
    [InlineData("proc.cmdline contains shadow", true)]
    [InlineData("proc.cmdline contains SHADOW", false)]
    [InlineData("proc.cmdline icontains SHADOW", true)]
    [InlineData("proc.cmdline startswith \"cat -n\"", true)]
    [InlineData("proc.cmdline startswith n", false)]
    [InlineData("proc.cmdline endswith shadow", true)]
    [InlineData("proc.cmdline glob \"c?t *sh[a-z]dow\"", true)]
    [InlineData("proc.cmdline glob c", false)]
    [InlineData("proc.cmdline iglob \"C?T *SHADOW\"", true)]
    [InlineData("proc.cmdline regex \"cat -[a-z]+ /etc/(passwd|shadow)\"", true)]
    [InlineData("proc.cmdline regex \"/etc/(passwd|shadow)\"", false)]
    [InlineData("proc.name in (dog, cat)", true)]
    [InlineData("proc.name in (dog, cow)", false)]
    [InlineData("proc.name in ()", false)]
    [InlineData("proc.name intersects (dog, cat)", true)]
    [InlineData("fd.name pmatch (/var, /etc)", true)]
    [InlineData("fd.name pmatch (/et, /var)", false)]
    [InlineData("fd.name pmatch (/e*)", true)]
    [InlineData("fd.name pmatch (/etc/shadow/x)", false)]
    [InlineData("proc.cmdline contains anyof (x, shadow)", true)]
    [InlineData("proc.cmdline contains allof (cat, shadow)", true)]
    [InlineData("proc.cmdline contains allof (cat, x)", false)]
    [InlineData("proc.cmdline contains oneof (cat, shadow)", false)]
    [InlineData("proc.cmdline contains oneof (cat, x)", true)]
    [InlineData("proc.name = anyof (dog, cat)", true)]
    [InlineData("proc.name != allof (dog, cow)", true)]
    [InlineData("proc.name != allof (dog, cat)", false)]
    [InlineData("proc.cmdline regex anyof (\"x+\", \"cat.*\")", true)]
    [InlineData("fd.num > 2", true)]
    [InlineData("fd.num >= 3", true)]
    [InlineData("fd.num < 4", true)]
    [InlineData("fd.num <= 2", false)]
    [InlineData("fd.num in (1, 2, 3)", true)]
    [InlineData("fd.num = oneof (3, 4)", true)]
    [InlineData("evt.is_open_read = true", true)]
    [InlineData("evt.is_open_write = true", false)]
    [InlineData("evt.failed != true", true)]
    [InlineData("proc.tty exists", true)]
    [InlineData("fd.sip exists", false)]
    [InlineData("evt.type.is.openat = 1", true)]
    [InlineData("syscall.type = openat", true)]
    [InlineData("evt.type startswith open", true)]
    [InlineData("evt.category = file", true)]
    [InlineData("evt.arg.flags contains O_RDONLY", true)]
    [InlineData("evt.arg[2] contains /etc/", true)]
    [InlineData("evt.rawarg.flags = 0", true)]
    [InlineData("evt.args contains \"name=/etc/shadow\"", true)]
    [InlineData("tolower(proc.env[MODE]) = loud", true)]
    [InlineData("toupper(proc.name) = CAT", true)]
    [InlineData("basename(fd.name) = shadow", true)]
    [InlineData("len(proc.name) = 3", true)]
    [InlineData("len(proc.name) > 3", false)]
    [InlineData("b64(proc.env[KEY]) = secret", true)]
    [InlineData("b64(proc.name) = x", false)]
    [InlineData("b64(concat(proc.env[KEY], \"\")) = secret", true)]
    [InlineData("b64(\"YWI\") = ab", true)]
    [InlineData("b64(\"YWI=\") = ab", true)]
    [InlineData("b64(\"YQ=\") = a", true)]
    [InlineData("b64(\"YR==\") exists", false)]
    [InlineData("b64(\"YW Jj\") exists", false)]
    [InlineData("b64(\"Y\") exists", false)]
    [InlineData("b64(\"==\") exists", false)]
    [InlineData("b64(\"\") = \"\"", true)]
    [InlineData("concat(\"É\", proc.name) icontains concat(\"É\", \"CAT\")", true)]
    [InlineData("proc.name iglob toupper(proc.name)", true)]
    [InlineData("concat(proc.name, \"-\", proc.pname) = cat-bash", true)]
    [InlineData("join(\"/\", (proc.name, proc.pname)) = cat/bash", true)]
    [InlineData("getopt((proc.args[0]), \"n\") intersects (n)", true)]
    [InlineData("len(getopt((proc.args[0]), \"n\")) = 1", true)]
    [InlineData("getopt((proc.args[0], proc.args[1]), \"n:\")[n] = /etc/shadow", true)]
    [InlineData("proc.name = val(proc.exe)", true)]
    [InlineData("proc.name = val(proc.pname)", false)]
    [InlineData("proc.name != val(proc.pname)", true)]
    [InlineData("proc.cmdline startswith val(proc.name)", true)]
    [InlineData("toupper(proc.name) = toupper(proc.exe)", true)]
    [InlineData("proc.pid = val(thread.tid)", true)]
    [InlineData("proc.pid > val(proc.ppid)", true)]
    [InlineData("proc.aname = sshd", true)]
    [InlineData("proc.aname in (x, sshd)", true)]
    [InlineData("proc.aname = cat", false)]
    [InlineData("proc.aname[0] = cat", true)]
    [InlineData("proc.aname[1] = bash", true)]
    [InlineData("proc.aname[2] = sshd", true)]
    [InlineData("proc.aname[3] exists", false)]
    [InlineData("proc.apid exists", true)]
    [InlineData("proc.acmdline startswith \"sshd \"", true)]
    [InlineData("proc.args = \"-n /etc/shadow\"", true)]
    [InlineData("proc.args[1] = /etc/shadow", true)]
    [InlineData("proc.args intersects (\"-n /etc/shadow\")", true)]
    [InlineData("proc.cmdnargs = 2", true)]
    [InlineData("fd.directory = /etc and fd.filename = shadow", true)]
    [InlineData("fd.types intersects (pipe, file)", true)]
    [InlineData("fd.types in (pipe, file)", true)]
    [InlineData("fd.types in (pipe)", false)]
    [InlineData("fd.types[0] in (pipe)", true)]
    [InlineData("len(fd.types) = 2", true)]
    [InlineData("container.id = host", true)]
    [InlineData("container.image.repository != x", false)]
    [InlineData("not container.image.repository = x", true)]
    [InlineData("k8s.svc.name = x or not k8s.svc.name exists", true)]
    [InlineData("fs.path.name = /etc/shadow", true)]
    [InlineData("thread.cgroup.memory = /x", true)]
    [InlineData("user.loginuid = -1", true)]
    [InlineData("proc.tty = -1", false)]
    [InlineData("proc.duration <= 5000000000", true)]
    [InlineData("evt.hostname = edge-7", true)]
    [InlineData("thread.cap_effective icontains sys_module", true)]
    [InlineData("proc.name in (\"<NA>\", \"N/A\")", false)]
    public void An_operator_answers_as_in_Falco(string condition, bool expected) => Assert.Equal(expected, Judgement.Holds(condition, Event()));

    [Theory]
    [InlineData("fd.sip = 93.184.216.34", true)]
    [InlineData("fd.sip = 93.184.216.35", false)]
    [InlineData("fd.sip != 93.184.216.35", true)]
    [InlineData("fd.sip in (1.1.1.1, 93.184.216.34)", true)]
    [InlineData("fd.ip = 10.88.0.2", true)]
    [InlineData("fd.ip != 10.88.0.2", false)]
    [InlineData("fd.ip != 0.0.0.0", true)]
    [InlineData("fd.net = 10.0.0.0/8", true)]
    [InlineData("fd.net != 10.0.0.0/8", false)]
    [InlineData("fd.net in (127.0.0.0/8, 93.0.0.0/8)", true)]
    [InlineData("fd.snet in (10.0.0.0/8, 172.16.0.0/12)", false)]
    [InlineData("fd.snet in (93.184.216.0/24)", true)]
    [InlineData("fd.snet = anyof (10.0.0.0/8, 93.0.0.0/8)", true)]
    [InlineData("fd.snet = 2000::/3", false)]
    [InlineData("fd.cnet != 2000::/3", true)]
    [InlineData("fd.rip = 93.184.216.34 and fd.lip = 10.88.0.2", true)]
    [InlineData("fd.sip = val(fd.rip)", true)]
    [InlineData("fd.sport = 443", true)]
    [InlineData("fd.sport = https", true)]
    [InlineData("fd.port in (443, 80)", true)]
    [InlineData("fd.port = 40000", true)]
    [InlineData("fd.rport = 443 and fd.lport = 40000", true)]
    [InlineData("fd.l4proto = tcp", true)]
    [InlineData("fd.sockfamily = ip", true)]
    [InlineData("fd.typechar = 4", true)]
    [InlineData("fd.type in (ipv4, ipv6)", true)]
    [InlineData("fd.sip.name = example.com", true)]
    [InlineData("fd.is_server = false", true)]
    public void Networks_are_compared_by_address_and_mask(string condition, bool expected) =>
        Assert.Equal(expected, Judgement.Holds(condition, Make.Connect(Make.Process("curl https://example.com"), "93.184.216.34", 443, serverName: "example.com")));

    [Fact]
    public void A_field_that_is_absent_makes_every_comparison_false()
    {
        var e = Make.Event("getuid", null);
        Assert.False(Judgement.Holds("proc.name = x", e));
        Assert.False(Judgement.Holds("proc.name != x", e));
        Assert.False(Judgement.Holds("proc.name exists", e));
        Assert.False(Judgement.Holds("proc.name = val(proc.pname)", e));
        Assert.False(Judgement.Holds("proc.pid >= 0", e));
        Assert.True(Judgement.Holds("not proc.name in (\"<NA>\")", e));
    }

    [Theory]
    [InlineData("proc.nme = x", "nonexistent field 'proc.nme'")]
    [InlineData("proc.name > 5 and fd.num contains 3", "contains")]
    [InlineData("proc.aname[x] = y", "number")]
    [InlineData("proc.name[1] = y", "takes no argument")]
    [InlineData("evt.arg = y", "needs an argument")]
    [InlineData("evt.arg.nothing = y", "unknown event argument")]
    [InlineData("evt.type = opn", "unknown event type 'opn'")]
    [InlineData("evt.type.is.opn = 1", "unknown event type 'opn'")]
    [InlineData("fd.num = x", "no number")]
    [InlineData("fd.sip = x", "no IP address")]
    [InlineData("fd.snet = 10.0.0.0", "no IP network")]
    [InlineData("fd.snet = 10.0.0.0/33", "no IP network")]
    [InlineData("evt.failed = yes", "neither true nor false")]
    [InlineData("proc.name regex \"(\"", "invalid regular expression")]
    [InlineData("proc.name = val(proc.pid)", "CHARBUF")]
    [InlineData("proc.aname = val(proc.name)", "another field")]
    [InlineData("tolower(proc.pid) = x", "does not take")]
    [InlineData("tolower(proc.aname) = x", "no transformer")]
    [InlineData("fd.types = file", "list")]
    [InlineData("proc.name bcontains 00", "bcontains")]
    [InlineData("evt.buffer bcontains xx", "hexadecimal")]
    public void What_cannot_be_compared_is_refused(string condition, string message)
    {
        var error = Assert.Single(Judgement.Result(Judgement.Rule(condition)).Errors);
        Assert.Equal("LOAD_ERR_COMPILE_CONDITION", Skerry.Guard.Rules.LoadCodes.NameOf(error.Code));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_are_searched_by_hexadecimal()
    {
        var e = Make.Event("write", Make.Process("x"), 4, ("data", "\u0001PK\u0003"));
        Assert.True(Judgement.Holds("evt.buffer bcontains 504B", e));
        Assert.True(Judgement.Holds("evt.buffer bstartswith 0150", e));
        Assert.False(Judgement.Holds("evt.buffer bstartswith 504b", e));
        Assert.True(Judgement.Holds("b64(evt.buffer) bcontains 6263", Make.Event("write", Make.Process("x"), 4, ("data", "YWJj"))));
        Assert.True(Judgement.Holds("evt.buffer contains PK and evt.buflen = 4 and evt.buflen.out = 4 and not evt.buflen.in exists and not evt.buflen.net exists and evt.is_io_write = true", e));
    }

    private static KernelEvent Event()
    {
        var process = Make.Process("cat -n /etc/shadow", Make.Process("bash", Make.Process("sshd -D")));
        process.Environment = ["MODE=LOUD", "KEY=c2VjcmV0"];
        process.EffectiveCapabilities = 1 << 16;
        process.Cgroups = "cpu=/y memory=/x";
        process.StandardStreams[0] = new DescriptorFacts { Kind = DescriptorKind.Pipe };
        return Make.Open(process, "/etc/shadow");
    }
}
