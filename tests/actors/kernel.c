/* Calls by which a container would change the node's kernel or leave its namespaces, one after the other, and how each ended. */
#include "actor.h"
#include <linux/bpf.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>

static int tell(const char *way, int result)
{
	printf("%s %s\n", way, result < 0 ? strerrorname_np(errno) : "done");
	fflush(stdout);
	return result;
}

static int load_program(void)
{
	struct bpf_insn program[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 }, { .code = BPF_JMP | BPF_EXIT } };
	union bpf_attr given = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insns = (unsigned long)program, .insn_cnt = 2, .license = (unsigned long)"GPL" };
	return syscall(SYS_bpf, BPF_PROG_LOAD, &given, sizeof(given));
}

static int make_map(void)
{
	union bpf_attr given = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
	return syscall(SYS_bpf, BPF_MAP_CREATE, &given, sizeof(given));
}

static int count_time(void)
{
	struct perf_event_attr given = { .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_TASK_CLOCK, .size = sizeof(given) };
	return syscall(SYS_perf_event_open, &given, 0, -1, -1, 0);
}

static int in_child(int (*act)(void))
{
	int status;
	pid_t child = fork();
	if (!child)
		_exit(act() < 0 ? errno : 0);
	waitpid(child, &status, 0);
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : 0;
}

static int unshare_users(void) { return unshare(CLONE_NEWUSER); }
static int unshare_names(void) { return unshare(CLONE_NEWUTS); }
static int enter_names(void) { return setns(open("/proc/self/ns/uts", O_RDONLY), CLONE_NEWUTS); }

static int clone_users(void)
{
	pid_t child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	if (!child)
		_exit(0);
	return child < 0 ? -1 : waitpid(child, 0, 0);
}

static int mount_detached(void)
{
	int context = syscall(SYS_fsopen, "tmpfs", 0);
	if (context < 0 || syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0) < 0)
		return -1;
	return syscall(SYS_fsmount, context, 0, 0);
}

#ifdef __x86_64__
static int by_32_bit_call(int number, unsigned long b, unsigned long c, unsigned long d, unsigned long s, unsigned long i)
{
	int result;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(b), "c"(c), "d"(d), "S"(s), "D"(i) : "memory", "r8", "r9", "r10", "r11");
	if (result < 0)
		errno = -result;
	return result < 0 ? -1 : result;
}

static void make_32_bit_calls(void)
{
	char *low = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (low == MAP_FAILED)
		return;
	strcpy(low, "tmpfs");
	strcpy(low + 16, "/tmp");
	tell("packet-32", by_32_bit_call(359, AF_PACKET, SOCK_RAW, 0, 0, 0));
	tell("mount-32", by_32_bit_call(21, (unsigned long)low, (unsigned long)low + 16, (unsigned long)low, 0, 0));
	umount2("/tmp", MNT_DETACH);
	tell("init-module-32", by_32_bit_call(128, (unsigned long)low, 4, (unsigned long)low + 32, 0, 0));
}
#endif

int calls(int argc, char **argv)
{
	tell("packet", socket(AF_PACKET, SOCK_RAW, 0));
	tell("datagram", socket(AF_INET, SOCK_DGRAM, 0));
	tell("init-module", syscall(SYS_init_module, "none", 4, ""));
	tell("finit-module", syscall(SYS_finit_module, open("/proc/self/exe", O_RDONLY), "", 0));
	tell("delete-module", syscall(SYS_delete_module, "none-such", O_NONBLOCK));
	tell("kexec", syscall(SYS_kexec_load, 0, 0, 0, 0));
	tell("kexec-file", syscall(SYS_kexec_file_load, -1, -1, 1, "", 0));
	tell("bpf-map", make_map());
	tell("bpf-program", load_program());
	tell("perf-event", count_time());
	tell("setns", in_child(enter_names));
	tell("unshare-user", in_child(unshare_users));
	tell("unshare-names", in_child(unshare_names));
	tell("clone-user", clone_users());
	if (tell("mount", mount("none", "/tmp", "tmpfs", 0, 0)) == 0)
		umount2("/tmp", MNT_DETACH);
	int detached = tell("fsmount", mount_detached());
	tell("move-mount", syscall(SYS_move_mount, detached, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH));
	umount2("/tmp", MNT_DETACH);
#ifdef __x86_64__
	make_32_bit_calls();
#endif
	return 0;
}
