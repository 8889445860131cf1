namespace Skerry.System.Tests.Tiers;

/// <summary>Cases that each need a container of their own.</summary>
internal static class RunCases
{
    internal static readonly TierCase[] All =
    [
        // Exit codes
        new("ends with 0", [], "exit 0", "") { Code = 0 },
        new("ends with 1", [], "exit 1", "") { Code = 1 },
        new("ends with 42", [], "exit 42", "") { Code = 42 },
        new("ends with 255", [], "exit 255", "") { Code = 255 },
        new("child that kills itself", [], "sh -c 'kill -KILL $$'; echo $?", "137\n"),
        new("child ended by a signal", [], "sleep 100 & kill -TERM $!; wait $!", "") { Code = 143 },
        new("program not there", [], "", "") { Command = ["nothing-here"], Code = 127, Error = "nothing-here" },
        new("program by a path not there", [], "", "") { Command = ["/bin/nothing-here"], Code = 127, Error = "nothing-here" },
        new("file that is no program", [], "", "") { Command = ["/etc/passwd"], Code = 126 },
        new("directory as a program", [], "", "") { Command = ["/etc"], Code = 126 },

        // Streams
        new("output", [], "echo one; echo two", "one\ntwo\n"),
        new("error apart from output", [], "echo out; echo err >&2", "out\n") { Error = "err" },
        new("output without a newline at its end", [], "printf abc", "abc"),
        new("output of zero bytes and high bytes", [], "printf 'a\\000b\\377c' | wc -c", "5\n"),
        new("input", ["-i"], "cat", "in\n") { Input = "in\n" },
        new("input closed at its end", ["-i"], "cat; echo end", "xend\n") { Input = "x" },
        new("no input without -i", [], "cat; echo end", "end\n") { Input = "not given" },
        new("input that nobody reads", ["-i"], "echo done", "done\n") { Input = "ignored\n" },
        new("large input", ["-i"], "wc -c", "1000000\n") { Input = new string('x', 1_000_000) },
        new("large output", [], "yes | head -c 1000000", string.Concat(Enumerable.Repeat("y\n", 500_000))),
        new("output of a child after its parent", [], "(sleep 0.2; echo late) & echo early; wait", "early\nlate\n"),

        // Environment
        new("the image's variables", [], "echo $FROM_IMAGE", "yes\n"),
        new("a variable", ["-e", "A=b c"], "echo $A", "b c\n"),
        new("a variable with = and quotes", ["-e", "A=x='y\"z"], "echo \"$A\"", "x='y\"z\n"),
        new("an empty variable", ["-e", "A="], "echo \"[${A-unset}]\"", "[]\n"),
        new("a variable in place of the image's", ["-e", "FROM_IMAGE=no"], "echo $FROM_IMAGE", "no\n"),
        new("path of the image", [], "echo $PATH", "/bin\n"),
        new("home of root", [], "echo $HOME", "/root\n"),
        new("home of a user", ["-u", "app"], "echo $HOME", "/home/app\n"),
        new("long variable", ["-e", "A=" + new string('v', 20_000)], "echo ${#A}", "20000\n"),
        new("letters of other scripts", ["-e", "A=käse-日本"], "echo $A", "käse-日本\n"),

        // Directory and user
        new("directory of the image", [], "pwd", "/\n"),
        new("a directory", ["-w", "/home/app"], "pwd", "/home/app\n"),
        new("user by name", ["-u", "app"], "id -u; id -g", "1000\n1000\n"),
        new("user by number", ["-u", "1000"], "id -u; id -g", "1000\n1000\n"),
        new("user and group by number", ["-u", "5:6"], "id -u; id -g", "5\n6\n"),
        new("user and group by name", ["-u", "app:extra"], "id -u; id -g", "1000\n2000\n"),
        new("groups of a user", ["-u", "app"], "id -G | tr ' ' '\\n' | sort -n", "1000\n2000\n"),
        new("a user's own file", ["-u", "app", "-w", "/home/app"], "cat own; echo more >>own && cat own", "mine\nmine\nmore\n"),
        new("a user may not write root's files", ["-u", "app"], "echo x 2>/dev/null >>/etc/passwd || echo refused", "refused\n"),
        new("root is not the node's root", [], "id -u", "0\n"),

        // Files
        new("the top layer wins", [], "cat /etc/layer", "3\n"),
        new("what a layer took away is gone", [], "test -e /gone && echo there || echo gone", "gone\n"),
        new("files can be made, changed and removed", [], "echo a >/f; echo b >>/f; cat /f; rm /f; rm /etc/layer; ls /f /etc/layer 2>/dev/null; echo $?", "a\nb\n1\n"),
        new("read-only root", ["--read-only"], "touch /etc/x 2>/dev/null || echo refused", "refused\n"),
        new("tmpfs beside a read-only root", ["--read-only", "--tmpfs", "/tmp"], "touch /tmp/x && echo written", "written\n"),
        new("tmp takes files of all users", ["-u", "app"], "touch /tmp/mine && stat -c %u /tmp/mine", "1000\n"),
        new("mode and owner of files", [], "stat -c '%a %u %g' /home/app/own /home/app /bin/busybox", "644 1000 1000\n755 1000 1000\n755 0 0\n"),
        new("links", [], "ln -s /etc/layer /l; cat /l; readlink /l", "3\n/etc/layer\n"),
        new("null, zero and random devices", [], "head -c 3 /dev/zero | wc -c; echo x >/dev/null; head -c 8 /dev/urandom | wc -c", "3\n8\n"),
        new("shared memory is a place to write", [], "echo x >/dev/shm/x && cat /dev/shm/x", "x\n"),

        // Confinement
        new("no device node can be made", [], "mknod /x b 254 0 2>/dev/null || echo refused", "refused\n"),
        new("nothing can be mounted", [], "mount -t tmpfs none /tmp 2>/dev/null || echo refused", "refused\n"),
        new("the kernel's controls are not written", [], "echo x 2>/dev/null >/proc/sys/kernel/core_pattern || echo refused", "refused\n"),
        new("the machine is not restarted by /proc", [], "echo b 2>/dev/null >/proc/sysrq-trigger || echo refused", "refused\n"),
        new("no capability is inherited", [], "grep CapInh /proc/self/status", "CapInh:\t0000000000000000\n"),
        new("a user has no capability", ["-u", "app"], "grep -E 'Cap(Prm|Eff)' /proc/self/status", "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"),
        new("first process is its own", [], "echo $$", "1\n"),
        new("other processes are not seen", [], "ls /proc | grep -c '^[0-9]*$' | { read n; [ $n -le 4 ] && echo few; }", "few\n"),

        // Names and network
        new("host name", ["--hostname", "box"], "hostname", "box\n"),
        new("host name on a network", ["--hostname", "box", "--network", "bridge"], "hostname", "box\n"),
        new("host name in hosts", ["--hostname", "box"], "grep -c box /etc/hosts | { read n; [ $n -ge 1 ] && echo named; }", "named\n"),
        new("files of the node are not filled", [], "for f in hosts hostname; do (echo x >>/etc/$f) 2>/dev/null || echo refused; done", "refused\nrefused\n"),
        new("loopback answers", [], "httpd -p 127.0.0.1:7000 -h /etc && wget -q -O - http://127.0.0.1:7000/layer", "3\n"),
        new("no network but loopback", ["--network", "none"], "ip -o link | grep -vc ' lo:'", "0\n") { Code = 1 },
        new("an address on a bridge", ["--network", "bridge"], "ip -o -4 addr show eth0 | grep -c inet", "1\n"),
        new("a way out on a bridge", ["--network", "bridge"], "ip route | grep -c default | { read n; [ $n -ge 1 ] && echo out; }", "out\n"),

        // Volumes: those with a name are the node's, and the tiers come one after the other
        new("a named volume", ["-v", "shared:/shared"], "echo mine >/shared/f; cat /shared/f; ls /shared", "mine\nf\n"),
        new("a named volume's owner is that of the place in the image", ["-v", "homes:/home/app", "-u", "app"], "echo mine >/home/app/f; stat -c %u:%g /home/app /home/app/f", "1000:1000\n1000:1000\n"),
        new("root in a volume", ["-v", "owned:/owned"], "echo x >/owned/f; chown 7:8 /owned/f; chmod 640 /owned/f; stat -c %u:%g:%a /owned/f", "7:8:640\n"),
        new("a read-only volume", ["-v", "fixed:/fixed:ro"], "touch /fixed/f 2>/dev/null || echo refused", "refused\n"),
        new("a volume that is bound twice", ["-v", "both:/one", "-v", "both:/two"], "echo mine >/one/f; cat /two/f", "mine\n"),
        new("memory below a volume", ["-v", "above:/above", "--tmpfs", "/above/memory"], "touch /above/memory/f && ls /above", "memory\n"),
        new("a volume below a volume", ["-v", "outer:/outer", "-v", "inner:/outer/inner"], "echo mine >/outer/inner/f; ls /outer; ls /outer/inner", "inner\nf\n"),
        new("a file of the node", ["-v", "/etc/os-release:/etc/of-the-node:ro"], "[ -s /etc/of-the-node ] && echo there; echo x 2>/dev/null >/etc/of-the-node || echo refused", "there\nrefused\n"),
        new("links in a volume stay in the container", ["-v", "linked:/linked"], "ln -sfn /etc/layer /linked/l; ln -sfn ../../../etc/layer /linked/up; cat /linked/l /linked/up", "3\n3\n"),
        new("renaming and removing in a volume", ["-v", "moved:/moved"], "mkdir -p /moved/d; echo x >/moved/d/a; busybox mv /moved/d/a /moved/b; rm -r /moved/d; ls /moved; rm /moved/b", "b\n"),
        new("a device file in a volume is none", ["-v", "devices:/devices"], "mknod /devices/d b 254 0 2>/dev/null || echo refused", "refused\n"),

        // Limits
        new("processes", ["--pids", "16"], "for n in $(seq 60); do sleep 3 & echo; done 2>/dev/null | wc -l | { read n; [ $n -lt 40 ] && echo few; }", "few\n") { NotIn = ["sandbox"] },
        new("open files", ["--ulimit", "nofile=64:64"], "ulimit -n", "64\n"),
    ];
}
