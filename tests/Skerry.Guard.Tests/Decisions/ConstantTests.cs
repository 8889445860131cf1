using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Tests.Decisions;

/// <summary>What a constant may be beside which field, and what it stands for: bytes, numbers, names of kinds.</summary>
public sealed class ConstantTests
{
    [Theory]
    [InlineData("proc.name = \"\\x00\"", "byte 0")]
    [InlineData("proc.name in (a, \"b\\x00\")", "byte 0")]
    [InlineData("proc.name glob \"\\x00?\"", "byte 0")]
    [InlineData("fd.num = 0x5", "no number")]
    [InlineData("proc.pid >= 0x1f", "no number")]
    [InlineData("evt.num = 5.5", "no number")]
    [InlineData("fd.sport = -1", "no service")]
    [InlineData("fd.sport = nothing", "no service")]
    [InlineData("evt.type startswith exec", "unknown event type 'exec'")]
    [InlineData("evt.type regex exec.*", "unknown event type")]
    [InlineData("evt.type contains anyof (open, opn)", "unknown event type 'opn'")]
    [InlineData("tolower(evt.type) = abc", "unknown event type 'abc'")]
    [InlineData("len(evt.type) > 5", "unknown event type '5'")]
    [InlineData("proc.name regex \"\\xff\"", "no UTF-8")]
    [InlineData("evt.around[x] = 5", "no number")]
    [InlineData("evt.around[5] > 5", "alone")]
    [InlineData("evt.around[5] in (5)", "alone")]
    public void A_constant_that_a_field_cannot_be_is_refused(string condition, string message) => Refused(condition, message);

    [Theory]
    [InlineData("evt.num = val(proc.pid)")]
    [InlineData("proc.pid = val(evt.count)")]
    [InlineData("proc.pid = len(proc.name)")]
    [InlineData("proc.duration < val(proc.pid)")]
    [InlineData("fd.sport = val(proc.pid)")]
    [InlineData("proc.name = val(evt.buffer)")]
    [InlineData("proc.name in getopt((proc.args[0]), \"n\")")]
    public void Two_fields_are_compared_where_they_are_of_one_type(string condition) => Refused(condition, " is ");

    [Theory]
    [InlineData("fd.sport = \"\"", false)]
    [InlineData("syscall.type = nothing", false)]
    [InlineData("syscall.type startswith open", true)]
    [InlineData("evt.type startswith open", true)]
    [InlineData("evt.type != NA", true)]
    [InlineData("evt.type in (page_fault_user, pread64, drop)", false)]
    [InlineData("evt.type.is.tracer = 0", true)]
    [InlineData("evt.type.is.tracer = 1", false)]
    [InlineData("evt.arg.image exists", false)]
    [InlineData("evt.rawarg.cpu = 5", false)]
    [InlineData("evt.num < len(proc.name)", true)]
    [InlineData("fd.name contains \"\\xff\"", true)]
    [InlineData("fd.name contains \"\\xfe\"", false)]
    [InlineData("fd.name endswith \"\\xc3\\xa9\"", true)]
    [InlineData("fd.name endswith \"é\"", true)]
    [InlineData("fd.name in (x, \"/\\xff/\\xc3\\xa9\")", true)]
    [InlineData("fd.name = \"/\\xff/é\"", true)]
    [InlineData("fd.name pmatch (\"/\\xff\")", true)]
    [InlineData("fd.name glob \"/\\xff/*\"", true)]
    [InlineData("fd.name glob \"/\\xfe/*\"", false)]
    [InlineData("fd.name = concat(\"/\\xff\", \"/é\")", true)]
    [InlineData("fd.filename regex \"\\xc3\\xa9\"", true)]
    [InlineData("join(\"-\", (proc.name, evt.num, 7, evt.failed)) = cat-1-7-false", true)]
    [InlineData("join(\"-\", (getopt((proc.args[0]), \"n\"), proc.name)) = n-cat", true)]
    [InlineData("join(\",\", (proc.name, fd.sip)) exists", false)]
    [InlineData("join(\",\", ()) = \"\"", true)]
    [InlineData("concat(proc.aname, \"!\") = \"bash sshd!\"", true)]
    [InlineData("concat(proc.cmdline, \":\", proc.aname) endswith \":bash sshd\"", true)]
    [InlineData("evt.around[1700000000123456789] = 0", true)]
    [InlineData("evt.around[1700000000223456789] = 100", true)]
    [InlineData("evt.around[1700000000223456789] = 99", false)]
    [InlineData("evt.around[1699999999] = 5", false)]
    public void A_constant_stands_for_its_bytes(string condition, bool expected)
    {
        var e = Make.Open(Make.Process("cat -n /etc/shadow", Make.Process("bash", Make.Process("sshd -D"))), "");
        e.Descriptor!.Name = new Text([(byte)'/', 0xFF, (byte)'/', 0xC3, 0xA9]);
        Assert.Equal(expected, Judgement.Holds(condition, e));
    }

    [Theory]
    [InlineData("fd.sip = 010.0.0.1")]
    [InlineData("fd.sip = 0x7f.0.0.1")]
    [InlineData("fd.sip = 1.2.3")]
    [InlineData("fd.sip = 1.2.3.256")]
    [InlineData("fd.sip = 1.2.3.4.5")]
    [InlineData("fd.sip = \"[::1]\"")]
    [InlineData("fd.sip = \"fe80::1%1\"")]
    [InlineData("fd.sip = \"::ffff:1.2.3.4\"")]
    [InlineData("fd.snet = \"010.0.0.0/8\"")]
    [InlineData("fd.snet = \"::/0\"")]
    public void An_address_has_one_form_alone(string condition) => Refused(condition, "is no IP");

    [Theory]
    [InlineData("fd.sip = 1.2.3.4", "1.2.3.4")]
    [InlineData("fd.sip = \"fe80::1\"", "fe80::1")]
    [InlineData("fd.sip = \"2001:db8:0:0:0:0:0:1\"", "2001:db8::1")]
    [InlineData("fd.snet = \"0.0.0.0/0\"", "8.8.8.8")]
    [InlineData("fd.snet = \"fc00::/7\"", "fd00::7")]
    public void The_usual_forms_of_addresses_are_read(string condition, string address) =>
        Assert.True(Judgement.Holds(condition, Make.Connect(Make.Process("curl"), address, 80)));

    [Fact]
    public void Only_a_buffer_holds_a_byte_0()
    {
        var e = Make.Event("write", Make.Process("x"), 3, ("data", "a\0b"));
        Assert.True(Judgement.Holds("evt.buffer = \"a\\x00b\"", e));
        Assert.False(Judgement.Holds("evt.buffer = \"ab\"", e));
    }

    [Fact]
    public void A_kind_that_is_not_known_can_let_a_rule_be_left_out()
    {
        var result = Judgement.Result(Judgement.Rule("evt.type startswith exec", more: "  skip-if-unknown-filter: true\n"));
        Assert.Equal(LoadWarningCode.UnknownFilter, Assert.Single(result.Warnings).Code);
    }

    private static void Refused(string condition, string message)
    {
        var error = Assert.Single(Judgement.Result(Judgement.Rule(condition)).Errors);
        Assert.Equal(LoadErrorCode.CompileCondition, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
