/* What the guard is measured with: calls at a steady rate, work as programs do it, and processes that are killed for what they do.
   Times are of the monotonic clock, in nanoseconds. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000000 };

static void fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + t.tv_nsec;
}

static long number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);
	if (*end || n < 0) {
		fprintf(stderr, "load: not a number: %s\n", text);
		exit(2);
	}
	return n;
}

static void rest(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	nanosleep(&t, NULL);
}

/* Opens and closes a file RATE times a second for SECONDS; what was missed is made up for at once. */
static int opens(long rate, long seconds)
{
	uint64_t start = now(), end = start + (uint64_t)seconds * SECOND, t;
	long done = 0;
	while ((t = now()) < end) {
		long due = (long)((double)(t - start) * rate / SECOND) - done;
		if (due <= 0) {
			struct timespec wait = { 0, 200000 };
			nanosleep(&wait, NULL);
			continue;
		}
		for (; due > 0; due--, done++) {
			int fd = open("/etc/group", O_RDONLY | O_CLOEXEC);
			if (fd < 0)
				fail("/etc/group");
			close(fd);
		}
	}
	printf("%ld %llu\n", done, (unsigned long long)(now() - start));
	return 0;
}

static void wait_for(pid_t child, int *status)
{
	while (waitpid(child, status, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
}

static void run(char *const argv[])
{
	int status;
	pid_t child = vfork();
	if (child < 0)
		fail("vfork");
	if (child == 0) {
		execv(argv[0], argv);
		_exit(127);
	}
	wait_for(child, &status);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "load: %s ended with status %d\n", argv[0], status);
		exit(1);
	}
}

/* Starts N programs that end at once, one after the other. */
static int execs(long n)
{
	char *argv[] = { "/bin/load", "nothing", NULL };
	uint64_t start = now();
	for (long i = 0; i < n; i++)
		run(argv);
	printf("%llu\n", (unsigned long long)(now() - start));
	return 0;
}

/* Makes, writes, reads and removes N files. */
static int files(long n)
{
	char name[64], block[4096];
	memset(block, 'x', sizeof block);
	uint64_t start = now();
	for (long i = 0; i < n; i++) {
		struct stat s;
		snprintf(name, sizeof name, "/tmp/load-%ld", i % 64);
		int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0 || write(fd, block, sizeof block) != sizeof block)
			fail(name);
		close(fd);
		fd = open(name, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &s) < 0 || read(fd, block, sizeof block) != sizeof block)
			fail(name);
		close(fd);
		if (unlink(name) < 0)
			fail(name);
	}
	printf("%llu\n", (unsigned long long)(now() - start));
	return 0;
}

/* One unit of a build: what a compiler does, 60 files read, some milliseconds of its own, one file written. */
static int unit(void)
{
	char block[4096];
	uint32_t hash = 1;
	for (int i = 0; i < 60; i++) {
		int fd = open(i % 3 ? "/etc/group" : "/bin/load", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			fail("unit");
		for (ssize_t got; (got = read(fd, block, sizeof block)) > 0;)
			for (ssize_t k = 0; k < got; k++)
				hash = hash * 31 + block[k];
		close(fd);
	}
	snprintf(block, sizeof block, "/tmp/unit-%d.o", getpid());
	int fd = open(block, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, &hash, sizeof hash) != sizeof hash)
		fail(block);
	close(fd);
	return unlink(block) < 0;
}

/* N units of a build, each started as make does: a shell that starts a compiler. */
static int build(long n)
{
	char *argv[] = { "/bin/sh", "-c", "/bin/load unit; true", NULL };
	uint64_t start = now();
	for (long i = 0; i < n; i++)
		run(argv);
	printf("%llu\n", (unsigned long long)(now() - start));
	return 0;
}

/* N children that do what they are killed for, PAUSE milliseconds apart: from just before the call until the parent knows of the end.
   A child that is not killed within two seconds is told as such, with -1. Of children that do nothing, those that ended by
   themselves are told: what the same takes when nobody kills. */
static int killed(long n, long pause, const char *drifted, const char *does)
{
	uint64_t *began = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (began == MAP_FAILED)
		fail("mmap");
	for (long i = 0; i < n; i++) {
		int status;
		pid_t child = fork();
		if (child < 0)
			fail("fork");
		if (child == 0) {
			*began = now();
			if (drifted) {
				execl(drifted, drifted, does, (char *)NULL);
				_exit(127);
			}
			int fd = open("/etc/shadow", O_RDONLY);
			rest(2000);
			_exit(fd < 0 ? 126 : 1);
		}
		wait_for(child, &status);
		uint64_t end = now();
		if (strcmp(does, "nothing") ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL : WIFEXITED(status) && !WEXITSTATUS(status))
			printf("%llu\n", (unsigned long long)(end - *began));
		else
			printf("-1 %d\n", status);
		rest(pause);
	}
	return 0;
}

static int drift(long n, long pause)
{
	char block[65536];
	int from = open("/bin/load", O_RDONLY), to = open("/tmp/drifted", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0700);
	if (from < 0 || to < 0)
		fail("/tmp/drifted");
	for (ssize_t got; (got = read(from, block, sizeof block)) > 0;)
		if (write(to, block, got) != got)
			fail("/tmp/drifted");
	close(from);
	close(to);
	return killed(n, pause, "/tmp/drifted", "linger");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(what, "nothing"))
		return 0;
	if (!strcmp(what, "unit"))
		return unit();
	if (!strcmp(what, "linger")) {
		rest(2000);
		return 1;
	}
	if (argc == 4 && !strcmp(what, "opens"))
		return opens(number(argv[2]), number(argv[3]));
	if (argc == 3 && !strcmp(what, "execs"))
		return execs(number(argv[2]));
	if (argc == 3 && !strcmp(what, "files"))
		return files(number(argv[2]));
	if (argc == 3 && !strcmp(what, "build"))
		return build(number(argv[2]));
	if (argc == 4 && !strcmp(what, "killed"))
		return killed(number(argv[2]), number(argv[3]), NULL, "linger");
	if (argc == 4 && !strcmp(what, "ended"))
		return killed(number(argv[2]), number(argv[3]), "/bin/load", "nothing");
	if (argc == 4 && !strcmp(what, "drift"))
		return drift(number(argv[2]), number(argv[3]));
	fprintf(stderr, "load: opens RATE SECONDS | execs N | files N | build N | killed N MILLISECONDS | drift N MILLISECONDS | ended N MILLISECONDS\n");
	return 2;
}
