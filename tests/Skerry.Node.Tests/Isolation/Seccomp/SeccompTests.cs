using System.Text.Json;
using CsCheck;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Seccomp;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Tests.Isolation.Seccomp;

public sealed class SeccompTests
{
    private const uint Allow = 0x7fff0000;
    private const uint Eperm = 0x00050001;
    private const uint Enosys = 0x00050026;
    private const uint Kill = 0x80000000;

    private static readonly SeccompArch X = SeccompArch.X8664;
    private static readonly string[] DefaultCapabilities = [.. Capabilities.Default.Select(c => c.Name)];

    private static uint Answer(byte[] program, string call, params ulong[] args) =>
        BpfMachine.Run(program, X.Audit, (uint)X.Calls[call], [.. args, .. new ulong[6 - args.Length]]).Value;

    private static byte[] Own(params string[] more) => BpfCompiler.Compile(SeccompProfile.Own.Resolve([.. DefaultCapabilities, .. more]), X);

    [Fact]
    public void Every_call_of_both_architectures_is_decided_with_a_reason()
    {
        var profile = SeccompProfile.Own;
        var decided = profile.Allow.Concat(profile.Refuse.Select(r => r.Group)).ToList();
        var all = SeccompArch.X8664.Calls.Keys.Union(SeccompArch.Aarch64.Calls.Keys).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(all.Except(decided.SelectMany(g => g.Calls)));
        Assert.Empty(decided.SelectMany(g => g.Calls).Except(all));
        Assert.All(decided, g => Assert.EndsWith(".", g.Why, StringComparison.Ordinal));
        var always = profile.Allow.Where(g => g.Capability is null && g.Conditions.Count == 0).SelectMany(g => g.Calls);
        Assert.Empty(always.Intersect(profile.Refuse.SelectMany(r => r.Group.Calls)));
        Assert.All(profile.Allow.Where(g => g.Capability is not null), g => Assert.Contains(g.Capability!, Capabilities.Known));
    }

    [Fact]
    public void The_numbers_are_libseccomps()
    {
        Assert.SkipUnless(Libseccomp.IsHere, "needs libseccomp2");
        foreach (var arch in new[] { SeccompArch.X8664, SeccompArch.Aarch64 })
        {
            foreach (var (name, number) in arch.Calls)
            {
                var theirs = Libseccomp.Resolve(arch.Audit, name);
                Assert.True(theirs == number || theirs < 0, $"{name} on {arch.Name}: {number}, libseccomp {theirs}");
            }
        }
    }

    [Fact]
    public void Ordinary_calls_are_allowed_and_dangerous_ones_are_not()
    {
        var program = Own();
        foreach (var call in new[] { "read", "openat", "execve", "futex", "mmap", "exit_group", "landlock_create_ruleset" })
            Assert.Equal(Allow, Answer(program, call));
        foreach (var call in new[] { "mount", "unshare", "setns", "bpf", "perf_event_open", "keyctl", "userfaultfd", "ptrace", "process_vm_readv", "kexec_load", "open_by_handle_at", "reboot", "init_module", "modify_ldt", "move_mount", "chroot" })
            Assert.Equal(Eperm, Answer(program, call));
        foreach (var call in new[] { "clone3", "io_uring_setup", "io_uring_enter" })
            Assert.Equal(Enosys, Answer(program, call));
    }

    [Fact]
    public void Threads_are_made_but_no_namespaces()
    {
        var program = Own();
        Assert.Equal(Allow, Answer(program, "clone", 0x3d0f00));
        foreach (var flag in new ulong[] { 0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000 })
            Assert.Equal(Eperm, Answer(program, "clone", flag | 17));
    }

    [Fact]
    public void High_bits_of_an_int_argument_change_nothing()
    {
        var program = Own();
        const ulong High = 1UL << 32;
        Assert.Equal(Eperm, Answer(program, "ioctl", 0, High | 0x5412));
        Assert.Equal(Eperm, Answer(program, "ioctl", 0, 0x541c));
        Assert.Equal(Allow, Answer(program, "ioctl", 0, 0x5413));
        Assert.Equal(Eperm, Answer(program, "socket", High | 38)); // AF_ALG
        Assert.Equal(Eperm, Answer(program, "socket", 40)); // AF_VSOCK
        Assert.Equal(Allow, Answer(program, "socket", 2, 1));
        Assert.Equal(Allow, Answer(program, "socket", 16, 3, 0));
        Assert.Equal(Eperm, Answer(program, "socket", 16, 3, 12)); // NETLINK_NETFILTER
        Assert.Equal(Eperm, Answer(program, "socket", 17));
        Assert.Equal(Eperm, Answer(program, "personality", 0x0040000)); // ADDR_NO_RANDOMIZE
        Assert.Equal(Allow, Answer(program, "personality", 0xffffffff));
    }

    [Fact]
    public void A_capability_brings_the_calls_it_is_for()
    {
        Assert.Equal(Allow, Answer(Own("CAP_SYS_ADMIN"), "mount"));
        Assert.Equal(Allow, Answer(Own("CAP_SYS_ADMIN"), "clone3"));
        Assert.Equal(Allow, Answer(Own("CAP_SYS_ADMIN"), "clone", 0x10000000));
        Assert.Equal(Allow, Answer(Own("CAP_SYS_PTRACE"), "ptrace"));
        Assert.Equal(Allow, Answer(Own("CAP_NET_RAW"), "socket", 17));
        Assert.Equal(Allow, Answer(Own("CAP_NET_ADMIN"), "socket", 16, 3, 12));
        Assert.Equal(Eperm, Answer(Own("CAP_SYS_ADMIN"), "ptrace"));
    }

    [Fact]
    public void Another_ABI_kills_a_newer_call_answers_as_an_older_kernel_and_a_skipped_call_as_refused()
    {
        var program = Own();
        var none = new ulong[6];
        Assert.Equal(Kill, BpfMachine.Run(program, 0x40000003, 1, none).Value); // i386
        Assert.Equal(Kill, BpfMachine.Run(program, X.Audit, 0x40000000, none).Value); // x32
        Assert.Equal(Enosys, BpfMachine.Run(program, X.Audit, 5000, none).Value);
        Assert.Equal(Eperm, BpfMachine.Run(program, X.Audit, uint.MaxValue, none).Value);
        Assert.Equal(Kill, BpfMachine.Run(BpfCompiler.Compile(SeccompProfile.Own.Resolve([]), SeccompArch.Aarch64), X.Audit, 1, none).Value);
    }

    [Fact]
    public void A_decision_takes_few_steps()
    {
        var program = Own();
        var most = Enumerable.Range(0, 500).Max(nr => BpfMachine.Run(program, X.Audit, (uint)nr, new ulong[6]).Steps);
        TestContext.Current.TestOutputHelper?.WriteLine($"{program.Length / 8} instructions, at most {most} steps");
        Assert.True(most < 40, $"{most} steps");
        Assert.True(program.Length / 8 < 400, $"{program.Length / 8} instructions");
    }

    public static TheoryData<string> CapabilitySets => ["", "CAP_SYS_ADMIN", "CAP_NET_ADMIN,CAP_NET_RAW", "CAP_SYS_PTRACE,CAP_SYS_TIME,CAP_BPF"];

    [Theory]
    [MemberData(nameof(CapabilitySets))]
    public void The_compiler_agrees_with_libseccomp_on_the_nodes_own_profile(string more)
    {
        var filter = SeccompProfile.Own.Resolve([.. DefaultCapabilities, .. more.Split(',', StringSplitOptions.RemoveEmptyEntries)]);
        Agree(filter, OciSeccompWriter.Write(filter, X));
    }

    [Fact]
    public void The_compiler_agrees_with_libseccomp_on_random_profiles()
    {
        Assert.SkipUnless(Libseccomp.IsHere, "needs libseccomp2");
        var calls = X.Calls.Keys.Where(Libseccomp.Knows).Order(StringComparer.Ordinal).ToArray();
        var ops = new[] { "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ" };
        var value = Gen.OneOf(Gen.ULong[0, 5], Gen.ULong, Gen.Const(1UL << 32), Gen.Const(0xffffffffUL), Gen.Const(0x1_0000_0005UL));
        var arg = Gen.Select(Gen.Int[0, ops.Length - 1].Select(i => ops[i]), value, value, (op, a, b) => (op, a, b));
        var rule = Gen.Select(Gen.Int[0, calls.Length - 1].Select(i => calls[i]), arg.Array[0, 3], (call, args) => (call, args));
        rule.Array[1, 25].Sample(
            all =>
            {
                // libseccomp 2.5 merges several conditional rules of one call wrongly; one a call is compared.
                var rules = all.DistinctBy(r => r.call).ToArray();
                using var stream = new MemoryStream();
                using (var json = new Utf8JsonWriter(stream))
                {
                    json.WriteStartObject();
                    json.WriteString("defaultAction", "SCMP_ACT_ERRNO");
                    json.WriteStartArray("syscalls");
                    foreach (var (call, args) in rules)
                    {
                        json.WriteStartObject();
                        json.WriteStartArray("names");
                        json.WriteStringValue(call);
                        json.WriteEndArray();
                        json.WriteString("action", "SCMP_ACT_ALLOW");
                        json.WriteStartArray("args");
                        for (var i = 0; i < args.Length; i++)
                        {
                            json.WriteStartObject();
                            json.WriteNumber("index", i);
                            json.WriteNumber("value", args[i].a);
                            json.WriteNumber("valueTwo", args[i].b & args[i].a);
                            json.WriteString("op", args[i].op);
                            json.WriteEndObject();
                        }

                        json.WriteEndArray();
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                    json.WriteEndObject();
                }

                Agree(OciSeccompProfile.Resolve(stream.ToArray(), X, [], new(6, 0)), stream.ToArray());
            },
            iter: 100,
            threads: 1);
    }

    /// <summary>Both programs answer alike for every call and for arguments around every constant of the rules.</summary>
    private static void Agree(SeccompFilter filter, byte[] oci)
    {
        Assert.SkipUnless(Libseccomp.IsHere, "needs libseccomp2");
        var ours = BpfCompiler.Compile(filter, X);
        var theirs = Libseccomp.Compile(oci, X.Audit, Kill);
        var byNumber = X.Calls.ToDictionary(p => (uint)p.Value, p => p.Key);
        var random = new Random(1);
        ulong[] edges = [0, 1, 2, 5, 10, 16, 17, 0x5412, 0x541c, 0xffffffff, 1UL << 32, ulong.MaxValue, (1UL << 32) | 0x5412, 0x10000000,
            .. filter.Rules.Values.SelectMany(r => r).SelectMany(r => r.Conditions).SelectMany(c => new[] { c.Value, c.Value + 1, c.Value - 1, c.Mask, c.Value ^ (1UL << 32) }).Distinct().Take(200)];
        foreach (var nr in Enumerable.Range(0, (int)X.Newest + 1).Select(n => (uint)n).Append(0x40000001u))
        {
            if (byNumber.TryGetValue(nr, out var name) && !Libseccomp.Knows(name))
                continue;
            var tries = name is not null && filter.Rules.TryGetValue(name, out var rules) && rules.Any(r => r.Conditions.Count > 0) ? 400 : 2;
            for (var t = 0; t < tries; t++)
            {
                var args = Enumerable.Range(0, 6).Select(_ => edges[random.Next(edges.Length)]).ToArray();
                Assert.True(
                    BpfMachine.Run(ours, X.Audit, nr, args).Value == BpfMachine.Run(theirs, X.Audit, nr, args).Value,
                    $"{name ?? nr.ToString()}({string.Join(", ", args.Select(a => a.ToString("x")))}): {BpfMachine.Run(ours, X.Audit, nr, args).Value:x}, libseccomp {BpfMachine.Run(theirs, X.Audit, nr, args).Value:x}");
            }
        }
    }

    [Theory]
    [InlineData("{", "not JSON")]
    [InlineData("{}", "wrong kind")]
    [InlineData("""{"defaultAction":"SCMP_ACT_MAYBE"}""", "not an action")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","sycalls":[]}""", "not known")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ERRNO","listenerPath":"/x"}""", "another program")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_NOTIFY"}]}""", "listener")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":9,"value":0,"op":"SCMP_CMP_EQ"}]}]}""", "does not exist")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"},{"names":["read"],"action":"SCMP_ACT_TRAP"}]}""", "two different")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_S390X"]}""", "architectures")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":[null],"action":"SCMP_ACT_ALLOW"}]}""", "wrong kind")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"1.2.3.4.5"}}]}""", "wrong kind")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"99999999999.0"}}]}""", "wrong kind")]
    public void A_profile_that_is_not_understood_in_full_is_refused(string json, string reason) =>
        Assert.Contains(reason, Assert.Throws<SeccompProfileException>(() => OciSeccompProfile.Resolve(global::System.Text.Encoding.UTF8.GetBytes(json), X, [], new(6, 0))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_docker_profile_follows_capabilities_and_kernel()
    {
        var json = """
            {"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}],
             "syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","comment":"x","includes":{},"excludes":{}},
             {"names":["mount"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}},
             {"names":["ptrace"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"4.8"}},
             {"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":38,"excludes":{"caps":["CAP_SYS_ADMIN"]}}]}
            """u8.ToArray();
        var plain = BpfCompiler.Compile(OciSeccompProfile.Resolve(json, X, [], new(4, 4)), X);
        Assert.Equal((Allow, Eperm, Eperm, Enosys), (Answer(plain, "read"), Answer(plain, "mount"), Answer(plain, "ptrace"), Answer(plain, "clone3")));
        var admin = BpfCompiler.Compile(OciSeccompProfile.Resolve(json, X, ["CAP_SYS_ADMIN"], new(6, 1)), X);
        Assert.Equal((Allow, Allow, Eperm), (Answer(admin, "mount"), Answer(admin, "ptrace"), Answer(admin, "clone3")));
    }

    [Fact]
    public void A_filter_is_compiled_once_for_a_profile_and_capabilities()
    {
        var profiles = new SeccompProfiles(X, new(6, 0));
        Assert.Same(profiles.For(new ContainerSpec()), profiles.For(new ContainerSpec()));
        Assert.NotSame(profiles.For(new ContainerSpec()), profiles.For(new ContainerSpec { CapAdd = { "SYS_ADMIN" } }));
        Assert.Null(profiles.For(new ContainerSpec { Seccomp = "unconfined" }));
        Assert.Contains("/nowhere.json", Assert.Throws<SpecRefusedException>(() => profiles.For(new ContainerSpec { Seccomp = "/nowhere.json" })).Message, StringComparison.Ordinal);
        Assert.Throws<SpecRefusedException>(() => profiles.For(new ContainerSpec { Seccomp = "/dev/zero" }));
    }

    [Fact]
    public void The_page_says_what_the_profile_does()
    {
        var path = Path.Combine(RepositoryRoot(), "docs/formats/seccomp.md");
        var rendered = SeccompDocument.Render(SeccompProfile.Own);
        if (Environment.GetEnvironmentVariable("SKERRY_UPDATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, rendered);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == rendered, $"{path} is stale: run the tests with SKERRY_UPDATE=1");
    }

    private static string RepositoryRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Skerry.slnx")))
                return at.FullName;
        }

        throw new DirectoryNotFoundException("Skerry.slnx above the test");
    }
}
