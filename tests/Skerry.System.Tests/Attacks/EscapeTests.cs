using System.Text.Json.Nodes;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Seccomp;
using Skerry.Node.Isolation.Spec;

namespace Skerry.System.Tests.Attacks;

/// <summary>
/// Known ways out of a container, each tried twice: on a careless configuration, where it works (else the test would prove
/// nothing), and on ours, where it does not.
/// </summary>
public sealed class EscapeTests
{
    private static OciBundle Ours(RuntimeKind kind)
    {
        OciBundle.SkipUnlessPossible(kind);
        var bundle = new OciBundle(kind);
        bundle.Plan = bundle.Plan with { Seccomp = new SeccompProfiles().For(bundle.Plan.Spec) };
        return bundle;
    }

    /// <summary>What a careless configuration is: host users, all capabilities, no filter, nothing masked or read-only.</summary>
    private static OciBundle Naive(RuntimeKind kind, Action<JsonNode>? edit = null)
    {
        OciBundle.SkipUnlessPossible(kind);
        return new OciBundle(kind, userNamespace: false)
        {
            Edit = json =>
            {
                json["linux"]!["maskedPaths"] = new JsonArray();
                json["linux"]!["readonlyPaths"] = new JsonArray();
                foreach (var set in new[] { "bounding", "effective", "permitted" })
                    json["process"]!["capabilities"]![set] = new JsonArray([.. Capabilities.Known.Where(c => c != "CAP_SYS_RESOURCE").Select(c => (JsonNode)c)]);
                edit?.Invoke(json);
            },
        };
    }

    public static TheoryData<bool> Runtimes => [true, false];

    private static RuntimeKind Kind(bool crun) => crun ? RuntimeKind.Crun : RuntimeKind.Runc;

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void A_leaked_directory_descriptor_is_no_way_out(bool crun)
    {
        // CVE-2024-21626: a descriptor of the host is inherited and named as the working directory.
        using var ours = Ours(Kind(crun));
        foreach (var fd in new[] { "/proc/self/fd/7", "/proc/self/fd/7/../..", "/proc/1/cwd", "//proc/self/root" })
        {
            ours.Plan.Spec.WorkingDir = fd;
            Assert.Throws<SpecRefusedException>(() => OciSpec.Write(ours.Plan));
        }

        // Nor by a symbolic link of the image, which only the runtime can see, with a descriptor left open on purpose.
        ours.Before = "exec 7</;";
        ours.Plan.Spec.WorkingDir = "/work";
        File.CreateSymbolicLink(Path.Combine(ours.Root, "work"), "/proc/self/fd/7");
        var (_, output) = ours.RunScript("cat etc/shadow; cat /proc/self/cwd/etc/shadow; ls -l /proc/self/fd");
        Assert.DoesNotContain("root:", output.Replace("passwd", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotMatch(@" 7 -> ", output);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void A_descriptor_leaked_on_purpose_shows_that_the_twin_would_see_it(bool crun)
    {
        // The twin: the same descriptor, passed on with --preserve-fds, is the way out that the test above looks for.
        using var naive = Naive(Kind(crun));
        naive.Before = "exec 3</;";
        naive.RunOptions = ["--preserve-fds", "1"];
        Assert.Contains("ESCAPED", naive.RunScript("cat /proc/self/fd/3/etc/hostname > /dev/null && echo ESCAPED").Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void An_image_cannot_redirect_masks_devices_or_kernel_file_systems(bool crun)
    {
        // CVE-2025-31133, 2025-52565, 2019-16884, 2019-19921: the image holds symbolic links where the runtime mounts.
        foreach (var (name, target) in new[] { ("proc", "/tmp"), ("sys", "/tmp"), ("dev", "/proc/sys/kernel") })
        {
            using var ours = Ours(Kind(crun));
            Directory.Delete(Path.Combine(ours.Root, name));
            File.CreateSymbolicLink(Path.Combine(ours.Root, name), target);
            var (code, output) = ours.RunScript("readlink /proc; readlink /sys; stat -f -c %T /proc; head -c 40 /proc/kallsyms; echo x > /proc/sysrq-trigger && echo ESCAPED; echo x > /proc/sys/kernel/hostname && echo ESCAPED; echo end");

            // Refused at the start, or started with every mask in force; never the mask somewhere else.
            if (code == 0 && output.Contains("end", StringComparison.Ordinal))
            {
                Assert.DoesNotContain("ESCAPED", output, StringComparison.Ordinal);
                Assert.DoesNotContain("0000000", output, StringComparison.Ordinal);
            }
        }

        // /dev/null and /dev/console of the image, which a runtime may take for the mask or the terminal, are never looked at.
        using var devices = Ours(Kind(crun));
        File.WriteAllText(Path.Combine(devices.Root, "planted"), "planted");
        foreach (var node in new[] { "null", "console", "ptmx", "pts" })
            File.CreateSymbolicLink(Path.Combine(devices.Root, "dev", node), "/planted");
        var (_, listing) = devices.RunScript("cat /proc/kallsyms /proc/keys /dev/null; readlink /dev/null; echo end");
        Assert.Contains("end", listing, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", listing, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Kernel_controls_are_not_written(bool crun)
    {
        // CVE-2025-52881, 2022-0492: core_pattern, sysrq, uevent_helper and release_agent run programs of the attacker as root.
        const string Try = """
            (echo '|/tmp/x' > /proc/sys/kernel/core_pattern) 2>/dev/null
            (exec 9>> /proc/sys/kernel/core_pattern) 2>/dev/null && echo CORE
            [ -e /proc/sysrq-trigger ] && (exec 9>> /proc/sysrq-trigger) 2>/dev/null && echo SYSRQ
            mkdir /tmp/c && mount -t cgroup -o memory none /tmp/c && ls /tmp/c/release_agent && echo AGENT
            mount -o remount,rw /sys 2>/dev/null && echo REMOUNTED
            umount /proc/kallsyms 2>/dev/null && echo UNMASKED
            echo end
            """;

        // The twin only opens for writing; it writes nothing, for that would change this machine.
        using (var naive = Naive(Kind(crun)))
        {
            var (_, careless) = naive.RunScript(Try.Replace("(echo '|/tmp/x' > /proc/sys/kernel/core_pattern) 2>/dev/null", "", StringComparison.Ordinal));
            Assert.True(careless.Contains("CORE", StringComparison.Ordinal), careless);
        }

        var before = File.ReadAllText("/proc/sys/kernel/core_pattern");
        using var ours = Ours(Kind(crun));
        var (_, output) = ours.RunScript(Try);
        Assert.Contains("end", output, StringComparison.Ordinal);
        foreach (var word in new[] { "CORE", "SYSRQ", "AGENT", "REMOUNTED", "UNMASKED" })
            Assert.DoesNotContain(word, output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/core_pattern"));
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void The_runtimes_binary_is_not_overwritten_through_proc(bool crun)
    {
        // CVE-2019-5736: the image's program is a link to /proc/self/exe, so that exec runs the runtime inside the container.
        using var ours = Ours(Kind(crun));
        var binary = OciBundle.Binary(Kind(crun))!;
        var before = global::System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(binary));
        File.CreateSymbolicLink(Path.Combine(ours.Root, "bin/evil"), "/proc/self/exe");
        ours.Plan.Spec.Entrypoint.AddRange(["/bin/sh", "-c", """
            n=0
            while [ $n -lt 100000 ]; do
              for p in /proc/[0-9]*; do
                case "$(readlink $p/exe 2>/dev/null)" in *busybox|'') ;; *) echo "SAW $(readlink $p/exe)"; { exec 9<$p/exe && { echo x >> /proc/self/fd/9 && echo OVERWRITTEN; }; } 2>/dev/null ;; esac
              done
              n=$((n+1))
            done
            """]);
        ours.RunDetached();
        for (var i = 0; i < 10; i++)
        {
            ours.Invoke("exec", ours.Id, "/bin/evil");
            Assert.Equal(0, ours.Invoke("exec", ours.Id, "/bin/true").Code);
        }

        ours.Invoke("delete", "--force", ours.Id);
        Assert.DoesNotContain("OVERWRITTEN", ours.DetachedOutput, StringComparison.Ordinal);
        Assert.Equal(before, global::System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(binary)));

        // Why: root of a pod is nobody to the machine, so that even a descriptor of the binary cannot be opened for writing.
        using var twin = Naive(Kind(crun), json => json["mounts"]!.AsArray().Add(new JsonObject { ["destination"] = "/exe", ["type"] = "bind", ["source"] = "/tmp/" + ours.Id + ".victim", ["options"] = new JsonArray("bind") }));
        var victim = "/tmp/" + ours.Id + ".victim";
        try
        {
            File.WriteAllText(victim, "runtime");
            twin.RunScript("echo OVERWRITTEN > /proc/self/root/exe");
            Assert.Equal("OVERWRITTEN\n", File.ReadAllText(victim));
            File.WriteAllText(victim, "runtime");
            using var confined = Ours(Kind(crun));
            confined.Plan = confined.Plan with { Mounts = [new MountPlan { Source = victim, Destination = "/exe" }] };
            confined.RunScript("echo OVERWRITTEN > /proc/self/root/exe");
            Assert.Equal("runtime", File.ReadAllText(victim));
        }
        finally
        {
            File.Delete(victim);
        }
    }

    [Fact]
    public void Annotations_of_an_image_or_pod_do_not_steer_the_runtime()
    {
        // CVE-2025-24965, 2026-30892: crun takes commands from annotations; here one replaces the seccomp filter by "allow all".
        var allow = Convert.ToBase64String([0x06, 0, 0, 0, 0, 0, 0xff, 0x7f]);
        const string Script = "unshare -U true && echo UNSHARED; echo end";
        using (var naive = Ours(RuntimeKind.Crun))
        {
            naive.Edit = json => json["annotations"]!["run.oci.seccomp_bpf_data"] = allow;
            Assert.Contains("UNSHARED", naive.RunScript(Script).Output, StringComparison.Ordinal);
        }

        using var ours = Ours(RuntimeKind.Crun);
        ours.Plan.Pod.Annotations["run.oci.seccomp_bpf_data"] = allow;
        ours.Plan.Spec.Labels["run.oci.seccomp_bpf_data"] = allow;
        ours.Plan = ours.Plan with { Image = ours.Plan.Image with { Labels = new Dictionary<string, string> { ["run.oci.seccomp_bpf_data"] = allow } } };
        var (_, output) = ours.RunScript(Script);
        Assert.Contains("end", output, StringComparison.Ordinal);
        Assert.DoesNotContain("UNSHARED", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void A_read_only_mount_is_read_only_to_its_depth(bool crun)
    {
        OciBundle.SkipUnlessPossible(Kind(crun));
        var source = Directory.CreateTempSubdirectory("skerry-attack-ro-").FullName;
        try
        {
            File.SetUnixFileMode(source, (UnixFileMode)0x1ED); // 0755
            Directory.CreateDirectory(Path.Combine(source, "below"));
            OciBundle.Shell($"mount -t tmpfs none '{source}/below' && chmod 777 '{source}/below'");
            using (var naive = Naive(Kind(crun), json => json["mounts"]!.AsArray().Add(new JsonObject { ["destination"] = "/data", ["type"] = "bind", ["source"] = source, ["options"] = new JsonArray("rbind", "ro") })))
                Assert.Contains("WRITTEN", naive.RunScript("touch /data/below/x && echo WRITTEN").Output, StringComparison.Ordinal);
            using var ours = Ours(Kind(crun));
            ours.Plan = ours.Plan with { Mounts = new MountRules([], "/nowhere").Plan(new() { Mounts = { new Mount { Source = source, Destination = "/data", ReadOnly = true } } }, false) };
            var (_, output) = ours.RunScript("ls /data/below; touch /data/below/y && echo WRITTEN; touch /data/y && echo WRITTEN; echo end");
            Assert.Contains("end", output, StringComparison.Ordinal);
            Assert.DoesNotContain("WRITTEN", output, StringComparison.Ordinal);
        }
        finally
        {
            OciBundle.Shell($"umount '{source}/below'; rm -rf --one-file-system '{source}'");
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void No_device_node_can_be_made_or_opened(bool crun)
    {
        using (var naive = Naive(Kind(crun), json => json["linux"]!["resources"]!["devices"] = new JsonArray(new JsonObject { ["allow"] = true, ["access"] = "rwm" })))
            Assert.Contains("OPENED", naive.RunScript("mknod /tmp/mem c 1 11 && head -c 0 /tmp/mem && echo OPENED").Output, StringComparison.Ordinal);
        using var ours = Ours(Kind(crun));
        var (_, output) = ours.RunScript("mknod /tmp/mem c 1 11 && echo MADE; mknod /dev/mem c 1 11 && echo MADE; head -c 0 /tmp/mem && echo OPENED; mknod /tmp/null c 1 3 && echo MADE; echo end");
        Assert.Contains("end", output, StringComparison.Ordinal);
        Assert.DoesNotContain("MADE", output, StringComparison.Ordinal);
        Assert.DoesNotContain("OPENED", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Root_of_a_pod_is_nobody_to_files_of_the_machine(bool crun)
    {
        var source = Directory.CreateTempSubdirectory("skerry-attack-own-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(source, "secret"), "secret");
            File.SetUnixFileMode(Path.Combine(source, "secret"), UnixFileMode.UserRead);
            File.SetUnixFileMode(source, (UnixFileMode)0x1ED);
            MountPlan[] mounts = [new() { Source = source, Destination = "/data", IsDirectory = true }];
            using (var naive = Naive(Kind(crun)))
            {
                naive.Plan = naive.Plan with { Mounts = mounts };
                Assert.Contains("secret", naive.RunScript("cat /data/secret").Output, StringComparison.Ordinal);
            }

            using var ours = Ours(Kind(crun));
            ours.Plan = ours.Plan with { Mounts = mounts };
            var (_, output) = ours.RunScript("cat /data/secret && echo READ; touch /data/x && echo WRITTEN; echo end");
            Assert.Contains("end", output, StringComparison.Ordinal);
            Assert.DoesNotContain("READ", output, StringComparison.Ordinal);
            Assert.DoesNotContain("WRITTEN", output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(source, recursive: true);
        }
    }
}
