using System.Globalization;
using System.Text.Json.Nodes;
using Skerry.Node.Isolation.Seccomp;
using Skerry.Node.Isolation.Spec;

namespace Skerry.System.Tests.Attacks;

/// <summary>The node's filter, asked by real system calls in real containers.</summary>
public sealed class SeccompInForceTests
{
    // unshare needs CAP_SYS_ADMIN over the container's own user namespace only; with every capability it is the filter alone that refuses.
    private static OciBundle Bundle(RuntimeKind kind, bool filtered)
    {
        OciBundle.SkipUnlessPossible(kind);
        var bundle = new OciBundle(kind);
        bundle.Plan = bundle.Plan with { Seccomp = filtered ? new SeccompProfiles().For(bundle.Plan.Spec) : null };
        bundle.Edit = json =>
        {
            foreach (var set in new[] { "bounding", "effective", "permitted" })
                json["process"]!["capabilities"]![set] = new JsonArray([.. Capabilities.Known.Select(c => (JsonNode)c)]);
        };
        return bundle;
    }

    private const string Script = """
        grep Seccomp: /proc/self/status
        unshare -n true && echo UNSHARED
        mount -t tmpfs none /tmp && echo MOUNTED
        chroot / true && echo CHROOTED
        hostname attacker && echo RENAMED
        echo done
        """;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_filter_refuses_what_capabilities_would_allow(bool crun)
    {
        var kind = crun ? RuntimeKind.Crun : RuntimeKind.Runc;
        using (var naive = Bundle(kind, filtered: false))
        {
            var (_, output) = naive.RunScript(Script);
            Assert.Contains("Seccomp:\t0", output, StringComparison.Ordinal);
            Assert.Contains("UNSHARED", output, StringComparison.Ordinal);
            Assert.Contains("MOUNTED", output, StringComparison.Ordinal);
            Assert.Contains("CHROOTED", output, StringComparison.Ordinal);
        }

        using var ours = Bundle(kind, filtered: true);
        var (code, refused) = ours.RunScript(Script);
        Assert.True(code == 0, refused);
        Assert.Contains("Seccomp:\t2", refused, StringComparison.Ordinal);
        Assert.Contains("done", refused, StringComparison.Ordinal);
        foreach (var word in new[] { "UNSHARED", "MOUNTED", "CHROOTED", "RENAMED" })
            Assert.DoesNotContain(word, refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_filter_holds_for_exec_as_well(bool crun)
    {
        using var bundle = Bundle(crun ? RuntimeKind.Crun : RuntimeKind.Runc, filtered: true);
        bundle.Plan.Spec.Entrypoint.AddRange(["/bin/sh", "-c", "sleep 60"]);
        bundle.RunDetached();
        var (code, output) = bundle.Invoke("exec", bundle.Id, "/bin/sh", "-c", "grep Seccomp: /proc/self/status; unshare -n true && echo UNSHARED; echo done");
        Assert.True(code == 0, output);
        Assert.Contains("Seccomp:\t2", output, StringComparison.Ordinal);
        Assert.Contains("done", output, StringComparison.Ordinal);
        Assert.DoesNotContain("UNSHARED", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Limits_and_ids_are_those_of_the_plan(bool crun)
    {
        using var bundle = Bundle(crun ? RuntimeKind.Crun : RuntimeKind.Runc, filtered: true);
        bundle.Edit = null;
        bundle.Plan.Spec.Resources = new() { MemoryBytes = 32 << 20, Pids = 20 };
        bundle.Plan = bundle.Plan with { User = UserResolver.InRoot(bundle.Root).Resolve("web", [7]) };
        var (_, output) = bundle.RunScript("id; grep CapEff /proc/self/status; i=0; while [ $i -lt 30 ]; do sleep 5 & i=$((i+1)); done 2>&1 | head -1; dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null || echo STARVED");
        Assert.Contains("uid=1000(web) gid=1000(web) groups=7,2000(extra)", output, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000000000", output, StringComparison.Ordinal);
        Assert.Contains("fork", output, StringComparison.Ordinal);
        Assert.Contains("STARVED", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_time_with_the_compiled_filter_is_that_of_no_filter()
    {
        OciBundle.SkipUnlessPossible(RuntimeKind.Crun);
        double Median(SeccompPlan? seccomp, RuntimeKind form)
        {
            using var bundle = new OciBundle(RuntimeKind.Crun);
            bundle.Plan = bundle.Plan with { Seccomp = seccomp, Runtime = form };
            bundle.Plan.Spec.Entrypoint.Add("/bin/true");
            var times = new List<double>();
            for (var i = 0; i < 15; i++)
            {
                var start = global::System.Diagnostics.Stopwatch.GetTimestamp();
                Assert.Equal(0, bundle.Run().Code);
                times.Add(global::System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return times.Order().ElementAt(7);
        }

        var plan = new SeccompProfiles().For(new());
        var (none, compiled, json) = (Median(null, RuntimeKind.Crun), Median(plan, RuntimeKind.Crun), Median(plan, RuntimeKind.Runc));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"crun run of /bin/true, median of 15 with the shell around it: no filter {none:F1} ms, compiled {compiled:F1} ms, compiled by libseccomp {json:F1} ms"));
    }
}
