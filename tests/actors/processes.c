/* Other processes taken over, and privileges asked for. */
#include "actor.h"
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

int attach_to_child(int argc, char **argv)
{
	pid_t child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	long result = ptrace(PTRACE_ATTACH, child, 0, 0);
	int error = errno;
	waitpid(child, 0, result == 0 ? __WALL : WNOHANG);
	kill(child, SIGKILL);
	waitpid(child, 0, 0);
	errno = error;
	return result ? failed("PTRACE_ATTACH") : 0;
}

int ask_to_be_traced(int argc, char **argv) { return ptrace(PTRACE_TRACEME, 0, 0, 0) ? failed("PTRACE_TRACEME") : 0; }

int unshare_user(int argc, char **argv) { return unshare(CLONE_NEWUSER) ? failed("unshare") : 0; }

int clone_user(int argc, char **argv)
{
	unsigned long given[8] = { CLONE_NEWUSER, 0, 0, 0, SIGCHLD }; /* struct clone_args, linux/sched.h */
	long child = syscall(SYS_clone3, given, sizeof(given));
	if (child == 0)
		_exit(0);
	if (child > 0)
		waitpid(child, 0, 0);
	return child < 0 ? failed("clone3") : 0;
}

/* make PATH: an empty file. */
int make(int argc, char **argv)
{
	int made = argc > 1 ? open(argv[1], O_WRONLY | O_CREAT, 0644) : -1;
	return made < 0 ? failed("make") : close(made);
}

/*
 * The first process of a container ends, and has much memory to give back before the kernel kills the others: one of them starts a program of its own
 * in that time. end-first TRIED RAN: made when it tries, and by the program.
 */
int end_first(int argc, char **argv)
{
	char size = '1';
	if (argc < 3 || prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) || copy_self("/tmp/dropped"))
		return failed("prepare");
	if (fork() == 0) {
		while (size != '0') {
			int about = open("/proc/1/statm", O_RDONLY);
			if (about < 0 || read(about, &size, 1) != 1)
				_exit(failed("statm"));
			close(about);
		}
		make(2, argv);
		execl("/tmp/dropped", "actor", "make", argv[2], (char *)0);
		_exit(failed("execl"));
	}
	if (mmap(0, 300 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) == MAP_FAILED)
		return failed("mmap");
	usleep(200000);
	_exit(0);
}
