using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Skerry.Oci.Layers;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Attacks;

/// <summary>
/// Known ways out of a container, tried through the real node: a hostile image from a registry, hostile requests, a hostile program
/// inside. What is aimed at lies in the node's own directory, where any user may read it, so that only the container's walls are in the way.
/// </summary>
public sealed class NodeEscapeTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Up = "../../../../../../../../../..";
    private readonly TestNode _node = fixture.Node;
    private readonly string _image = fixture.Image;

    [Fact]
    public async Task The_machines_null_device_never_belongs_to_a_container()
    {
        const string look = "stat -c '%a %u %g %z' /dev/null";
        var before = (await Running.Shell(look)).Ok;
        _ = (await _node.Cli("run", "-d", "--name", "null", _image, "sleep", "1000")).Ok;
        _ = (await _node.Cli("exec", "-u", "app", "null", "true")).Ok;
        foreach (var words in (string[][])[["chmod", "600", "/dev/null"], ["chown", "0", "/dev/null"], ["sh", "-c", "chmod 600 /proc/1/fd/0"]])
        {
            Assert.NotEqual(0, (await _node.Cli(["exec", "null", .. words])).Code);
        }

        Assert.Equal("1 0\n", (await _node.Cli("exec", "null", "sh", "-c", "echo x >/dev/null && echo x >>/dev/null && head -c 1 /dev/null | wc -c | sed 's/^/1 /'")).Ok);

        // The time of the last change as well: neither changed nor put back.
        Assert.Equal(before, (await Running.Shell(look)).Ok);
        _ = (await _node.Cli("rm", "-f", "null")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-09")]
    public async Task No_working_directory_of_an_image_a_request_or_an_exec_leads_out()
    {
        // CVE-2024-21626. What is written as a path in /proc is refused before anything is started.
        var marker = await Marker();
        _ = (await _node.Cli("run", "-d", "--name", "cwd", _image, "sleep", "1000")).Ok;
        foreach (var directory in (string[])["/proc/self/fd/7", "/proc/self/fd/7/" + Up, "/proc/1/cwd", "//proc/./self/root", "/proc"])
        {
            var image = await HostileImage.Push(process: p => p with { WorkingDir = directory });
            Assert.Contains("working_dir", (await _node.Cli("run", "--rm", image, "true")).Failed(125), StringComparison.Ordinal);
            Assert.Contains("working_dir", (await _node.Cli("run", "--rm", "-w", directory, _image, "true")).Failed(125), StringComparison.Ordinal);
            Assert.Contains("working_dir", (await _node.Cli("exec", "-w", directory, "cwd", "true")).Failed(1), StringComparison.Ordinal);
        }

        _ = (await _node.Cli("rm", "-f", "cwd")).Ok;

        // What only the runtime can see, a link of the image, is refused there or leads to a place inside; and there is no descriptor to name.
        var linked = await HostileImage.Push(static layer =>
        {
            layer.Link("w-root", "/proc/1/root");
            layer.Link("w-cwd", "/proc/self/cwd");
            for (var fd = 3; fd < 24; fd++)
            {
                layer.Link("w" + fd.ToString(CultureInfo.InvariantCulture), $"/proc/self/fd/{fd.ToString(CultureInfo.InvariantCulture)}");
            }
        });
        var look = $"cat {Up}{marker} 2>/dev/null; cat ./{Up}{marker} 2>/dev/null; echo end";
        _ = (await _node.Cli("run", "-d", "--name", "links", linked, "sleep", "1000")).Ok;
        foreach (var name in (string[])["root", "cwd", .. Enumerable.Range(3, 21).Select(static n => n.ToString(CultureInfo.InvariantCulture))])
        {
            Assert.DoesNotContain("SECRET", (await _node.Cli("exec", "-w", "/w" + name, "links", "sh", "-c", look)).ToString(), StringComparison.Ordinal);
        }

        foreach (var name in (string[])["root", "cwd", "3", "5", "6", "7", "8", "9"])
        {
            Assert.DoesNotContain("SECRET", (await _node.Cli("run", "--rm", "-w", "/w" + name, linked, "sh", "-c", look)).ToString(), StringComparison.Ordinal);
        }

        // ls itself opens the directory that it reads; nothing else is open, in the first program and in one that is run beside it.
        Assert.Equal("0\n1\n2\n", (await _node.Cli("exec", "links", "ls", "/proc/1/fd")).Ok);
        Assert.Equal("0\n1\n2\n3\n", (await _node.Cli("exec", "links", "ls", "/proc/self/fd")).Ok);
        Assert.Equal("0\n1\n2\n3\n", (await _node.Cli("run", "--rm", linked, "ls", "/proc/self/fd")).Ok);
        _ = (await _node.Cli("rm", "-f", "links")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-09")]
    public async Task An_image_with_links_where_the_runtime_mounts_gets_kernel_file_systems_of_its_own_or_does_not_start()
    {
        // CVE-2025-31133, 2025-52565, 2019-19921 and their kin.
        const string Try = """
            head -c 40 /proc/kallsyms; cat /proc/keys; readlink /dev/null; cat /dev/null
            (exec 9>>/proc/sysrq-trigger) 2>/dev/null && echo ESCAPED
            (echo x >/proc/sys/kernel/hostname) 2>/dev/null && echo ESCAPED
            (echo x >/sys/kernel/mm/ksm/run) 2>/dev/null && echo ESCAPED
            echo end
            """;
        (string Name, string Target)[] links =
        [
            ("proc", "/tmp"), ("proc", "/proc/self"), ("sys", "/tmp"), ("sys", "/proc/sys"), ("dev", "/proc/sys/kernel"), ("dev", "/tmp"), ("dev", "/" + Up + "/dev"),
            ("dev/console", "/planted"), ("dev/null", "/planted"), ("dev/ptmx", "/planted"), ("dev/pts", "/etc"), ("dev/shm", "/etc"), ("sys/fs", "/proc/sys/fs"),
        ];
        foreach (var (name, target) in links)
        {
            var image = await HostileImage.Push(layer =>
            {
                layer.Write(new NewEntry("planted", LayerEntryType.File), "planted\n"u8);
                layer.Link(name, target);
            });
            foreach (var terminal in (string[][])[[], ["-t"]])
            {
                var said = await _node.Cli(["run", "--rm", .. terminal, image, "sh", "-c", Try]);
                Assert.DoesNotContain("ESCAPED", said.Out, StringComparison.Ordinal);
                Assert.DoesNotContain("planted", said.Out, StringComparison.Ordinal);
                if (said.Code == 0)
                {
                    Assert.DoesNotContain("0000000", said.Out, StringComparison.Ordinal);
                    Assert.EndsWith("end\n", said.Out.ReplaceLineEndings("\n"), StringComparison.Ordinal);
                }
                else
                {
                    Assert.True(said.Code == 125, $"/{name} → {target}: {said}");
                }

                if (name is "proc" or "sys" or "dev")
                {
                    // crun would make its device files where such a /dev leads, on the node.
                    Assert.Contains($"/{name} is a link or a file where the kernel's own file system belongs", said.Failed(125), StringComparison.Ordinal);
                    Assert.False(File.Exists("/tmp/null"), $"/{name} → {target} left a file on the node");
                }
            }
        }
    }

    [Fact]
    [Trait("Promise", "P-09")]
    public async Task Controls_of_the_kernel_are_not_written_by_a_program_a_sysctl_or_an_image_that_moves_proc()
    {
        // CVE-2025-52881: a write that the runtime means for a label or a sysctl lands elsewhere. The twin, in EscapeTests, can open them.
        var watched = new[] { "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hostname" }.Where(File.Exists).ToList();
        var before = watched.Select(File.ReadAllText).ToList();
        const string Try = """
            for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sysrq-trigger /proc/1/attr/exec /proc/thread-self/attr/apparmor/exec /proc/acpi/wakeup /sys/kernel/uevent_helper; do
              [ -e $f ] && (exec 9>>$f) 2>/dev/null && echo "OPENED $f"
            done
            mount -t proc none /tmp 2>/dev/null && echo MOUNTED; umount /proc/kallsyms 2>/dev/null && echo UNMASKED; mount -o remount,rw /proc/sys 2>/dev/null && echo REMOUNTED
            echo end
            """;
        var quiet = (await _node.Cli("run", "--rm", _image, "sh", "-c", Try)).Ok.Split('\n').Where(static l => !l.EndsWith("/attr/exec", StringComparison.Ordinal) && !l.EndsWith("/attr/apparmor/exec", StringComparison.Ordinal));
        Assert.Equal(["end", ""], quiet);
        foreach (var sysctl in (string[])["kernel.core_pattern=|/x", "net.ipv4/../../kernel/core_pattern=|/x", "net...kernel.core_pattern=|/x", "kernel.modprobe=/x", "net.core.somaxconn=1\n2"])
        {
            _ = (await _node.Cli("run", "--rm", "--sysctl", sysctl, _image, "true")).Failed(125);
        }

        foreach (var proc in (string[])["/fake", "/tmp", "/" + Up + "/proc"])
        {
            var image = await HostileImage.Push(layer =>
            {
                layer.Link("fake/sys/net/core/somaxconn", "/proc/sys/kernel/core_pattern");
                layer.Link("fake/self/attr/exec", "/proc/sysrq-trigger");
                layer.Link("proc", proc);
            });
            _ = await _node.Cli("run", "--rm", "--sysctl", "net.core.somaxconn=77", image, "true");
        }

        Assert.Equal(before, watched.Select(File.ReadAllText));
    }

    [Fact]
    [Trait("Promise", "P-09")]
    public async Task No_program_of_the_node_is_written_by_a_container_that_is_run_by_itself()
    {
        // CVE-2019-5736: the image's program is the runtime, by /proc/self/exe as a link or as an interpreter.
        string[] programs = [Programs.Daemon, "/usr/bin/crun", "/usr/bin/conmon"];
        var before = programs.Select(static p => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(p)))).ToList();
        var image = await HostileImage.Push(static layer =>
        {
            layer.Link("bin/self", "/proc/self/exe");
            layer.Program("bin/script", "#!/proc/self/exe\n"u8);
            layer.Program("bin/hunt", """
                #!/bin/sh
                while :; do
                  for p in /proc/[0-9]*; do
                    case "$(readlink $p/exe 2>/dev/null)" in */busybox|'') ;; *) { exec 9<$p/exe && echo x >>/proc/self/fd/9 && echo OVERWRITTEN; } 2>/dev/null ;; esac
                  done
                done
                """u8);
        });
        _ = (await _node.Cli("run", "-d", "--name", "hunter", image, "hunt")).Ok;
        foreach (var program in (string[])["self", "script"])
        {
            Assert.NotEqual(0, (await _node.Cli("run", "--rm", "--entrypoint", program, image)).Code);
            for (var i = 0; i < 5; i++)
            {
                Assert.NotEqual(0, (await _node.Cli("exec", "hunter", program)).Code);
                _ = (await _node.Cli("exec", "hunter", "true")).Ok;
            }
        }

        Assert.DoesNotContain("OVERWRITTEN", (await _node.Cli("logs", "hunter")).Ok, StringComparison.Ordinal);
        _ = (await _node.Cli("rm", "-f", "hunter")).Ok;
        Assert.Equal(before, programs.Select(static p => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(p)))));
        _ = (await _node.Cli("run", "--rm", _image, "true")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-09")]
    public async Task Labels_annotations_and_names_do_not_reach_the_runtime_as_orders()
    {
        // CVE-2025-24965, 2026-30892: crun and conmon take orders from annotations. The twin, in EscapeTests, loses its seccomp filter by this one.
        var allow = Convert.ToBase64String([0x06, 0, 0, 0, 0, 0, 0xff, 0x7f]);
        (string Key, string Value)[] orders =
        [
            ("run.oci.seccomp_bpf_data", allow), ("run.oci.handler", "krun"), ("run.oci.hooks.stdout", "/tmp/x"), ("run.oci.keep_original_groups", "1"),
            ("run.oci.mount_context_type", "x"), ("org.systemd.property.CPUQuota", "1"), ("io.kubernetes.cri-o.TrySkipVolumeSELinuxLabel", "true"), ("run.oci.delegate-cgroup", "/x"),
        ];
        var image = await HostileImage.Push(process: p => p with { Labels = orders.ToDictionary(static o => o.Key, static o => o.Value, StringComparer.Ordinal) });
        string[] given = [.. orders.SelectMany(static o => (string[])["--label", $"{o.Key}={o.Value}", "--annotation", $"{o.Key}={o.Value}"])];
        var id = (await _node.Cli(["run", "-d", "--name", "orders", .. given, image, "sh", "-c", "unshare -U true 2>/dev/null && echo UNSHARED; echo end; exec sleep 1000"])).Ok.Trim();
        await Running.Until(async () => (await _node.Cli("logs", "orders")).Ok.Contains("end", StringComparison.Ordinal), () => "orders has no log");
        Assert.Equal("end\n", (await _node.Cli("logs", "orders")).Ok);
        using var config = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(_node.Run, "c", id, "config.json"), TestContext.Current.CancellationToken));
        var annotations = config.RootElement.GetProperty("annotations"u8).EnumerateObject().ToList();
        Assert.All(annotations, static a => Assert.True(a.Name.StartsWith("io.skerry.", StringComparison.Ordinal) || a.Name == "run.oci.seccomp_bpf_data", a.Name));
        Assert.DoesNotContain(annotations, a => a.Value.GetString() == allow);
        Assert.False(config.RootElement.TryGetProperty("hooks"u8, out _));
        _ = (await _node.Cli("rm", "-f", "orders")).Ok;

        foreach (var name in (string[])["../../x", "-x", "a/b", "a\nb", "a b", ".", "..", new string('a', 300)])
        {
            _ = (await _node.Cli("run", "--rm", "--name=" + name, _image, "true")).Failed(125);
            _ = (await _node.Cli("run", "--rm", "--hostname=" + name + "/", _image, "true")).Failed(125);
        }
    }

    /// <summary>A file that everybody on the machine may read; no container may.</summary>
    private async Task<string> Marker()
    {
        var marker = Path.Combine(_node.Home, "marker");
        await File.WriteAllTextAsync(marker, "SECRET\n", TestContext.Current.CancellationToken);
        return marker;
    }
}
