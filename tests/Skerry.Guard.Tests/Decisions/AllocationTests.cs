using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Tests.Decisions;

public sealed class AllocationTests
{
    private const string Rules = """
        - list: shells
          items: [bash, sh, zsh]
        - macro: spawned
          condition: (evt.type in (execve, execveat))
        - rule: names
          desc: d
          condition: spawned and proc.name in (shells) and proc.aname in (nginx, httpd)
          output: o
          priority: INFO
        - rule: words
          desc: d
          condition: spawned and (proc.cmdline icontains "begin private" or proc.cmdline regex "cat .*shadow[0-9]+" or proc.cmdline glob "*x?z*" or proc.cmdline glob "*[[:upper:]]zz*")
          output: o
          priority: INFO
        - rule: paths
          desc: d
          condition: evt.type=openat and evt.arg.flags contains O_TRUNC and fd.name pmatch (/etc, /var/log) and fs.path.name startswith /etc
          output: o
          priority: INFO
        - rule: made
          desc: d
          condition: evt.type=openat and (tolower(proc.name)=zz or concat(proc.name, "-", proc.pname)=zz or b64(proc.args)=zz or thread.cap_effective contains CAP_X)
          output: o
          priority: INFO
        - rule: lists
          desc: d
          condition: evt.type=openat and (fd.types in (ipv4) or len(getopt((proc.args[0]), "a:b"))=7 or evt.time = x or proc.env contains HTTP_PROXY)
          output: o
          priority: INFO
        - rule: networks
          desc: d
          condition: evt.type=connect and fd.snet in ("10.0.0.0/8", "2001:db8::/32") and fd.sport in (22, 23) and not fd.sip = 10.0.0.1
          output: o
          priority: INFO
        """;

    [Fact]
    public void Nothing_is_allocated_for_an_event_on_which_rules_with_and_without_an_answer_fire()
    {
        var loader = new RuleLoader();
        loader.Load("f", Judgement.Rule("evt.type=kill", "one") + Judgement.Rule("evt.type=kill", "two") + Judgement.Rule("evt.type=kill", "three"));
        var evaluator = new RuleEvaluator(loader.Set, static r => r.Name == "three");
        var e = Make.Event("kill", Make.Process("x"));
        Assert.Equal(2, evaluator.Judge(e).Length);
        var fired = 0;
        Run();
        Assert.Equal(0, Allocated.By(Run));

        void Run() => fired += evaluator.Judge(e).Length;
    }

    [Fact]
    public void Nothing_is_allocated_for_an_event_on_which_no_rule_fires()
    {
        var evaluator = new RuleEvaluator(Judgement.Load(Rules).Set);
        var process = Make.Process("cat -n /etc/shadow", Make.Process("bash", Make.Process("sshd")));
        process.Environment = ["PATH=/bin"];
        process.StandardStreams[0] = new DescriptorFacts { Kind = DescriptorKind.Pipe };
        var file = new DescriptorFacts { Kind = DescriptorKind.File, Name = "/home/x" };
        var socket = Make.Connect(process, "93.184.216.34", 443).Descriptor;
        var e = new KernelEvent();
        EventType exec = EventTypes.Get("execve"), open = EventTypes.Get("openat"), connect = EventTypes.Get("connect");
        var fired = 0;
        Run(100); // lazy automata, buffers
        Assert.Equal(0, Allocated.By(() => Run(1000)));
        Assert.Equal(0, fired);

        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                e.Begin(exec);
                e.Process = process;
                fired += evaluator.Judge(e).Length;
                e.Begin(open);
                e.Process = process;
                e.Descriptor = file;
                e.SetArgument(2, "x/../y"u8);
                e.SetArgument(3, 0x241);
                fired += evaluator.Judge(e).Length;
                e.Begin(connect);
                e.Process = process;
                e.Descriptor = socket;
                fired += evaluator.Judge(e).Length;
            }
        }
    }
}
