/* Files that are not an attacker's to read or to write. */
#include "actor.h"

static int read_file(const char *path)
{
	char buffer[512];
	int file = open(path, O_RDONLY);
	if (file < 0 || read(file, buffer, sizeof(buffer)) < 0)
		return failed(path);
	return close(file);
}

int read_shadow(int argc, char **argv) { return read_file("/etc/shadow"); }

int read_by_traversal(int argc, char **argv) { return read_file("/tmp/../etc/../etc/shadow"); }

/* The name in the call says nothing: only who asks the kernel what was opened sees it. */
int read_through_link(int argc, char **argv)
{
	unlink("/tmp/notes");
	return symlink("/etc/shadow", "/tmp/notes") ? failed("symlink") : read_file("/tmp/notes");
}

int clear_log(int argc, char **argv)
{
	mkdir("/var/log", 0755);
	int file = open("/var/log/access.log", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	return file < 0 ? failed("/var/log/access.log") : close(file);
}

int symlink_over(int argc, char **argv)
{
	unlink("/tmp/innocent");
	return symlink("/etc/shadow", "/tmp/innocent") ? failed("symlink") : 0;
}

int link_over(int argc, char **argv)
{
	unlink("/tmp/shadow");
	return link("/etc/shadow", "/tmp/shadow") ? failed("link") : 0;
}

int write_release_agent(int argc, char **argv)
{
	int file = open("/tmp/release_agent", O_WRONLY | O_CREAT, 0755);
	return file < 0 ? failed("release_agent") : close(file);
}

/* Opens a file so many times; the second argument says how many times. For the sensor's own measure. */
int flood(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 100000;
	for (long i = 0; i < count; i++) {
		int file = open("/etc/passwd", O_RDONLY);
		if (file < 0)
			return failed("/etc/passwd");
		close(file);
	}
	return 0;
}
