/* Programs that the image does not have. */
#include "actor.h"

static int run(const char *path)
{
	pid_t child = fork();
	int status = 0;
	if (child == 0) {
		execl(path, path, "nothing", (char *)0);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : failed(path);
}

int drop_and_execute(int argc, char **argv) { return copy_self("/tmp/dropped") ? failed("/tmp/dropped") : run("/tmp/dropped"); }

int run_from_shm(int argc, char **argv) { return copy_self("/dev/shm/dropped") ? failed("/dev/shm/dropped") : run("/dev/shm/dropped"); }

int run_from_memory(int argc, char **argv)
{
	char path[64];
	int file = syscall(SYS_memfd_create, "kworker", 0);
	if (file < 0)
		return failed("memfd_create");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	if (copy_self(path))
		return failed(path);
	/* A file that is open for writing cannot be run. */
	char through[64];
	snprintf(through, sizeof(through), "/proc/%d/fd/%d", getpid(), file);
	int readable = open(through, O_RDONLY);
	close(file);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", readable);
	return run(path);
}
