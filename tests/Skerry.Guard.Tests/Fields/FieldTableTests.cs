using System.Text.Json;
using Skerry.Guard.Events;
using Skerry.Guard.Fields;

namespace Skerry.Guard.Tests.Fields;

public sealed class FieldTableTests
{
    [Fact]
    public void Every_field_of_the_source_is_known_once()
    {
        var names = FieldTable.Classes.SelectMany(static c => c.Fields).Select(static f => f.Name).ToList();
        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
        Assert.True(names.Count > 290, $"{names.Count} fields");
        Assert.All(["evt.num", "proc.aenv", "thread.cgroup", "fd.rip.name", "container.mount.rdwr", "k8s.ns.name", "fs.path.targetraw", "syslog.message"], name => Assert.Contains(name, names));
    }

    [Fact]
    public void Every_field_reads_an_event_that_knows_nothing()
    {
        var e = new KernelEvent();
        foreach (var type in EventTypes.All)
        {
            e.Begin(type);
            foreach (var field in FieldTable.Classes.SelectMany(static c => c.Fields).Where(static f => !f.Has(FieldTraits.ArgumentRequired)))
            {
                field.Text?.Invoke(e, FieldArgument.None);
                field.Number?.Invoke(e, FieldArgument.None);
                field.Address?.Invoke(e, FieldArgument.None);
                field.List?.Invoke(e, FieldArgument.None, []);
            }
        }
    }

    [Fact]
    public void The_listing_says_what_the_sensor_cannot_give()
    {
        var lines = FieldListing.Text();
        Assert.Contains("not given by the sensor", lines[lines.IndexOf("proc.fdlimit", StringComparison.Ordinal)..].Split('\n')[0], StringComparison.Ordinal);
        Assert.DoesNotContain("not given", lines[lines.IndexOf("proc.cmdline ", StringComparison.Ordinal)..].Split('\n')[0], StringComparison.Ordinal);
        Assert.All(lines.Split('\n'), static line => Assert.True(line.Length <= 121, line));
        Assert.Contains("proc.aname\n", FieldListing.Names(), StringComparison.Ordinal);
        Assert.Contains("openat(fd, dirfd, name, flags, mode, dev, ino)", FieldListing.Events(), StringComparison.Ordinal);
        var json = JsonDocument.Parse(FieldListing.Json()).RootElement;
        Assert.Equal(FieldTable.Classes.Count, json.GetArrayLength());
    }

    [Fact]
    public void A_chain_of_ancestors_that_bends_back_has_an_end()
    {
        var process = Make.Process("a");
        process.Parent = process;
        process.SessionId = 1;
        var e = Make.Event("kill", process);
        Assert.False(Judgement.Holds("proc.aname = b", e));
        Assert.True(Judgement.Holds("proc.sname = a and proc.aname[64] = a", e));
        Assert.False(Judgement.Holds("proc.aname[65] = a", e));
    }

    [Theory]
    [InlineData("a/b", "/root/a/b")]
    [InlineData("../x/./y//z", "/x/y/z")]
    [InlineData("/../..", "/")]
    [InlineData("/a/b/../c", "/a/c")]
    public void A_relative_path_is_below_the_working_directory(string raw, string expected)
    {
        var e = Make.Event("mkdir", Make.Process("mkdir"), 0, ("path", raw));
        Assert.True(Judgement.Holds($"fs.path.name = \"{expected}\" and fs.path.nameraw = \"{raw}\" and evt.abspath = \"{expected}\"", e));
        Assert.True(Judgement.Holds($"not fs.path.name exists and evt.abspath = \"{expected}\"", Make.Event("mkdir", Make.Process("mkdir"), -13, ("path", raw))));
    }

    [Theory]
    [InlineData("proc.vmsize")]
    [InlineData("proc.nthreads")]
    [InlineData("proc.stdin.name")]
    [InlineData("thread.vmrss.b")]
    [InlineData("thread.cgroups")]
    [InlineData("thread.cgroup")]
    [InlineData("fd.sip.name")]
    [InlineData("evt.buffer")]
    public void What_no_sensor_fills_says_so(string name) => Assert.False(FieldTable.Find(name)!.IsGiven);

    [Fact]
    public void Arguments_that_the_sensor_does_not_give_are_named()
    {
        Assert.Contains("openat(fd, dirfd, name, flags, mode, dev, ino) not given: dev, ino\n", FieldListing.Events(), StringComparison.Ordinal);
        Assert.Contains("kill(res, pid, sig)\n", FieldListing.Events(), StringComparison.Ordinal);
        using var json = System.Text.Json.JsonDocument.Parse(FieldListing.EventsJson());
        var read = json.RootElement.EnumerateArray().Single(static t => t.GetProperty("name").GetString() == "read");
        Assert.Equal(["data"], read.GetProperty("not_given").EnumerateArray().Select(static a => a.GetString()));
    }

    [Fact]
    public void Arguments_read_as_names()
    {
        var p = Make.Process("x");
        Assert.True(Judgement.Holds("evt.arg.request = PTRACE_ATTACH", Make.Event("ptrace", p, 0, ("request", 16))));
        Assert.True(Judgement.Holds("evt.arg.cmd = BPF_PROG_LOAD", Make.Event("bpf", p, 0, ("cmd", 5))));
        Assert.True(Judgement.Holds("evt.arg.mode contains S_ISUID", Make.Event("chmod", p, 0, ("mode", 0x9ED))));
        Assert.True(Judgement.Holds("evt.arg.flags contains CLONE_NEWUSER", Make.Event("unshare", p, 0, ("flags", 0x10000000))));
        Assert.True(Judgement.Holds("evt.res = EACCES and evt.rawres = -13 and evt.failed = true", Make.Event("chmod", p, -13)));
        Assert.True(Judgement.Holds("evt.res = SUCCESS", Make.Event("chmod", p)));
    }
}
