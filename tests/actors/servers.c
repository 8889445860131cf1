/* What a server does once somebody else speaks through it. The image has these attackers under the names of servers, too. */
#include "actor.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* A shell as the child of this program: /bin/nginx start-shell, /bin/sshd start-shell. */
int start_shell(int argc, char **argv)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", "id; true", (char *)0);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return status != 0;
}

/* A server reads its files when it starts; this one reads others when it has run for a while. */
int read_shadow_later(int argc, char **argv)
{
	sleep(6);
	int file = open("/etc/shadow", O_RDONLY);
	return file < 0 ? failed("/etc/shadow") : close(file);
}

/* ssh to where web servers listen: its packets pass walls that are for ssh. */
int connect_to_443(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(443) };
	inet_pton(AF_INET, "203.0.113.7", &address.sin_addr);
	int line = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (line < 0)
		return failed("socket");
	if (connect(line, (void *)&address, sizeof(address)) && errno != EINPROGRESS)
		return failed("connect");
	return close(line);
}

/* No module is in the file: the kernel looks at who asks first, and then at the file. */
int load_module(int argc, char **argv)
{
	int file = open("/proc/self/exe", O_RDONLY);
	return syscall(SYS_finit_module, file, "", 0) ? failed("finit_module") : 0;
}
