/* Other processes taken over, and privileges asked for. */
#include "actor.h"
#include <sched.h>
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
