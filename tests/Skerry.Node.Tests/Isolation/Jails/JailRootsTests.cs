using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Tests.Network;

namespace Skerry.Node.Tests.Isolation.Jails;

public sealed class JailRootsTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("skerry-jails-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void A_program_runs_in_its_root_with_nothing_of_the_machine_around_it()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: chroot");
        var root = new JailRoots(_home).Ensure(new JailProgram { Name = "cat", Path = "/bin/cat", Files = [("/etc/greeting", Write("greeting", "hello from inside\n"))] });
        Assert.Equal("hello from inside\n", NetworkRig.ShellHere($"env -i /usr/sbin/chroot {root.Directory} {root.Program} /etc/greeting"));
        Assert.Contains("No such file", NetworkRig.ShellHere($"env -i LC_ALL=C /usr/sbin/chroot {root.Directory} {root.Program} /etc/passwd"), StringComparison.Ordinal);
    }

    [Fact]
    public void Qemu_runs_in_its_root_also_when_it_is_unpacked_somewhere()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: chroot");
        var qemu = QemuJail.Program(QemuLab.Program());
        var root = new JailRoots(_home).Ensure(qemu);
        var inside = $"env -i {string.Join(' ', QemuJail.Environment)} /usr/sbin/chroot {root.Directory} {root.Program} {string.Join(' ', QemuJail.DataArguments)}";
        Assert.StartsWith("QEMU emulator version", NetworkRig.ShellHere($"{inside} -version"), StringComparison.Ordinal);

        // Firmware and the emulator, a library that it loads by itself, are found: the machine comes as far as its monitor.
        var said = NetworkRig.ShellHere($"echo quit | {inside} -nodefaults -no-user-config -display none -M microvm -accel tcg -m 16 -S -monitor stdio");
        Assert.Contains(" monitor - type 'help'", said, StringComparison.Ordinal);
        Assert.DoesNotContain("could not", said, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_same_sources_give_the_same_root_and_a_changed_one_another()
    {
        var greeting = Write("greeting", "one");
        var program = new JailProgram { Name = "cat", Path = "/bin/cat", Files = [("/etc/greeting", greeting)] };
        var roots = new JailRoots(Path.Combine(_home, "jails"));
        var first = roots.Ensure(program);
        Assert.Equal(first, roots.Ensure(program));
        Assert.Equal(first, new JailRoots(Path.Combine(_home, "jails")).Ensure(program));
        File.WriteAllText(greeting, "two!");
        var second = roots.Ensure(program);
        Assert.NotEqual(first.Name, second.Name);
        Assert.Equal(("one", "two!"), (File.ReadAllText(first.Directory + "/etc/greeting"), File.ReadAllText(second.Directory + "/etc/greeting")));
    }

    [Fact]
    public void What_no_bundle_names_is_swept_and_what_one_does_stays()
    {
        var greeting = Write("greeting", "one");
        var program = new JailProgram { Name = "cat", Path = "/bin/cat", Files = [("/etc/greeting", greeting)] };
        var jails = Path.Combine(_home, "jails");
        var used = new JailRoots(jails).Ensure(program);
        File.WriteAllText(greeting, "three");
        var left = new JailRoots(jails).Ensure(program);
        Directory.CreateDirectory(jails + "/.new-cat-of-a-crash/bin");
        var bundle = Directory.CreateDirectory(_home + "/bundles/one").FullName;
        JailRoots.Mark(bundle, used);
        Assert.Equal([".new-cat-of-a-crash", left.Name], new JailRoots(jails).Sweep(_home + "/bundles").Order(StringComparer.Ordinal));
        Assert.True(Directory.Exists(used.Directory));
        Directory.Delete(bundle, recursive: true);
        Assert.Equal([used.Name], new JailRoots(jails).Sweep(_home + "/bundles"));
    }

    [Fact]
    public void A_library_beside_the_program_is_taken_and_one_that_is_nowhere_is_named()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/gcc"), "needs gcc");
        var program = Path.Combine(_home, "app/usr/bin/prog");
        Directory.CreateDirectory(Path.GetDirectoryName(program)!);
        Directory.CreateDirectory(_home + "/app/usr/lib");
        Write("l.c", "int answer(void) { return 42; }");
        Write("p.c", "#include <stdio.h>\nint answer(void);\nint main(void) { printf(\"%d\\n\", answer()); return 0; }");
        Assert.Equal(string.Empty, NetworkRig.ShellHere($"cd {_home} && gcc -shared -fPIC -o app/usr/lib/libanswer.so l.c && gcc -o app/usr/bin/prog p.c -Lapp/usr/lib -lanswer"));
        var jail = new JailProgram { Name = "prog", Path = program };
        var root = new JailRoots(_home + "/jails").Ensure(jail);
        if (Environment.IsPrivilegedProcess)
        {
            Assert.Equal("42\n", NetworkRig.ShellHere($"env -i /usr/sbin/chroot {root.Directory} {root.Program}"));
        }

        File.Delete(_home + "/app/usr/lib/libanswer.so");
        var error = Assert.Throws<IsolationException>(() => new JailRoots(_home + "/jails").Ensure(jail));
        Assert.Contains("libanswer.so", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_script_in_place_of_a_program_is_refused_with_what_to_name()
    {
        var script = Write("qemu-wrapper", "#!/bin/sh\nexec qemu-system-x86_64 \"$@\"\n");
        var roots = new JailRoots(_home + "/jails");
        var error = Assert.Throws<IsolationException>(() => roots.Ensure(new JailProgram { Name = "vmm", Path = script }));
        Assert.Contains(script, error.Message, StringComparison.Ordinal);
        Assert.Contains("name the program itself", error.Message, StringComparison.Ordinal);
        Assert.Throws<IsolationException>(() => roots.Ensure(new JailProgram { Name = "vmm", Path = _home }));
    }

    [Fact]
    public void A_script_in_place_of_QEMU_is_refused_with_what_to_name()
    {
        foreach (var directory in (string[])["usr/bin", "usr/share/qemu"])
        {
            Directory.CreateDirectory(Path.Combine(_home, directory));
        }

        Write("usr/share/qemu/bios-microvm.bin", "firmware");
        var script = Write("usr/bin/qemu-system-x86_64", "#!/bin/sh\nexec false\n");
        Assert.Contains("name the program itself", Assert.Throws<IsolationException>(() => QemuJail.Program(script)).Message, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_home, name);
        File.WriteAllText(path, text);
        return path;
    }
}
