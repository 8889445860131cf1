// SPDX-License-Identifier: Apache-2.0
//
// The only program of a guest: process 1 of a Linux kernel with nothing else in it. It reads how the machine does and says it over HTTP, or
// does one small thing and ends. There is no shell, no library, no second process.
//
//   (no argument)   answers every HTTP request on port 80 with one line of JSON
//   say WORD...     prints the words and switches the machine off
//   exit N          ends with exit code N (1 to 63)
//   panic           makes the kernel panic, as a program that is process 1 and crashes does
//   machine         prints memory, processors and what it was told, and switches the machine off
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <linux/ipv6.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

enum { EXIT_PORT = 0xf4, PORT = 80 };

static char told[4096];

static void off(void)
{
	sync();
	// Some monitors cannot switch a machine off; they end when it is reset, and say so to the kernel.
	reboot(strstr(told, "reboot=k") ? RB_AUTOBOOT : RB_POWER_OFF);
	for (;;)
		pause();
}

// The monitor ends with what is written to this port: Skerry gives it as the container's exit code.
static void end(int code)
{
	sync();
	if (code != 0 && ioperm(EXIT_PORT, 4, 1) == 0)
		outl(code, EXIT_PORT);
	off();
}

static void fail(const char *what)
{
	printf("guest: %s: %s\n", what, strerror(errno));
	end(1);
}

// Drivers that Debian's kernel has as modules lie in /modules; a driver that needs another comes after it.
static void load_drivers(void)
{
	static const char *const names[] = { "virtio_ring", "virtio", "virtio_mmio", "failover", "net_failover", "virtio_net" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[64];
		snprintf(path, sizeof path, "/modules/%s.ko", names[i]);
		int file = open(path, O_RDONLY | O_CLOEXEC);
		if (file < 0)
			continue;
		if (syscall(SYS_finit_module, file, "", 0) != 0 && errno != EEXIST)
			fail(path);
		close(file);
	}
}

// The value of NAME= on the kernel's command line; 0 when it has none.
static int word(const char *name, char *value, size_t size)
{
	const char *at = told;
	size_t length = strlen(name);

	while (*at) {
		size_t one = strcspn(at, " \n");
		if (one > length && strncmp(at, name, length) == 0 && at[length] == '=') {
			snprintf(value, size, "%.*s", (int)(one - length - 1), at + length + 1);
			return 1;
		}
		at += one + (at[one] != 0);
	}
	return 0;
}

static void set(struct sockaddr *into, const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	inet_pton(AF_INET, address, &in.sin_addr);
	memcpy(into, &in, sizeof in);
}

// ip=ADDRESS::GATEWAY:MASK:HOST:eth0:off, as the kernel's own parameter is written (nfsroot.rst).
static void take_address(int sock, char *text)
{
	char *part[8] = { 0 };
	for (int i = 0; i < 8 && text; i++)
		part[i] = strsep(&text, ":");
	if (!part[3])
		return;

	struct ifreq card = { .ifr_name = "eth0" };
	set(&card.ifr_addr, part[0]);
	if (ioctl(sock, SIOCSIFADDR, &card) != 0)
		fail("address");
	set(&card.ifr_netmask, part[3]);
	if (ioctl(sock, SIOCSIFNETMASK, &card) != 0)
		fail("netmask");
	if (part[2][0]) {
		struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY };
		set(&route.rt_dst, "0.0.0.0");
		set(&route.rt_genmask, "0.0.0.0");
		set(&route.rt_gateway, part[2]);
		if (ioctl(sock, SIOCADDRT, &route) != 0)
			fail("route");
	}
}

static void take_address6(int index, char *text, const char *gateway)
{
	char *bits = strchr(text, '/');
	int sock = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (!bits || sock < 0)
		return;
	*bits++ = 0;

	struct in6_ifreq own = { .ifr6_prefixlen = atoi(bits), .ifr6_ifindex = index };
	inet_pton(AF_INET6, text, &own.ifr6_addr);
	if (ioctl(sock, SIOCSIFADDR, &own) != 0)
		fail("IPv6 address");
	if (gateway) {
		struct in6_rtmsg route = { .rtmsg_flags = RTF_UP | RTF_GATEWAY, .rtmsg_metric = 1, .rtmsg_ifindex = index };
		inet_pton(AF_INET6, gateway, &route.rtmsg_gateway);
		if (ioctl(sock, SIOCADDRT, &route) != 0)
			fail("IPv6 route");
	}
	close(sock);
}

static void join_network(void)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq card = { .ifr_name = "eth0" };
	char address[128], gateway[64];

	if (sock < 0 || ioctl(sock, SIOCGIFFLAGS, &card) != 0)
		return; // no card: the pod has no network

	// Nobody else has the address that the pod was given: no waiting for an answer (ip-sysctl.rst, accept_dad).
	int detection = open("/proc/sys/net/ipv6/conf/eth0/accept_dad", O_WRONLY | O_CLOEXEC);
	if (detection >= 0) {
		if (write(detection, "0", 1) != 1)
			fail("accept_dad");
		close(detection);
	}
	card.ifr_flags |= IFF_UP;
	if (ioctl(sock, SIOCSIFFLAGS, &card) != 0)
		fail("eth0");
	if (word("ip", address, sizeof address))
		take_address(sock, address);
	if (ioctl(sock, SIOCGIFINDEX, &card) == 0 && word("skerry.ip6", address, sizeof address))
		take_address6(card.ifr_ifindex, address, word("skerry.gateway6", gateway, sizeof gateway) ? gateway : NULL);
	close(sock);
}

static void serve(void)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	int door = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	if (door < 0 || setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
	    bind(door, (struct sockaddr *)&any, sizeof any) != 0 || listen(door, 16) != 0)
		fail("port 80");
	printf("guest: serving on port %d\n", PORT);
	for (unsigned long answered = 1;; answered++) {
		char request[2048], body[256], answer[512];
		struct sysinfo now;
		int client = accept4(door, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0)
			continue;
		struct timeval patience = { .tv_sec = 5 };
		setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
		if (read(client, request, sizeof request) > 0 && sysinfo(&now) == 0) {
			snprintf(body, sizeof body, "{\"uptime\":%ld,\"free_kib\":%lu,\"load\":%.2f,\"answered\":%lu}\n", now.uptime,
				 now.freeram / 1024 * now.mem_unit, now.loads[0] / 65536.0, answered);
			int length = snprintf(answer, sizeof answer,
					      "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
			if (write(client, answer, length) != length)
				printf("guest: a client went before its answer\n");
		}
		close(client);
	}
}

static void show_machine(void)
{
	struct sysinfo now;
	const char *variable = getenv("GREETING");

	sysinfo(&now);
	printf("memory %lu MiB\nprocessors %ld\nvariable %s\n", now.totalram / 1024 / 1024 * now.mem_unit, sysconf(_SC_NPROCESSORS_ONLN), variable ? variable : "-");
}

int main(int count, char **words)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	mkdir("/proc", 0555);
	if (mount("proc", "/proc", "proc", 0, NULL) != 0)
		fail("/proc");
	int file = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	if (file < 0 || read(file, told, sizeof told - 1) < 0)
		fail("/proc/cmdline");
	close(file);
	load_drivers();
	join_network();

	const char *what = count > 1 ? words[1] : "serve";
	if (strcmp(what, "say") == 0) {
		for (int i = 2; i < count; i++)
			printf("%s%s", words[i], i + 1 < count ? " " : "\n");
	} else if (strcmp(what, "exit") == 0 && count > 2) {
		end(atoi(words[2]));
	} else if (strcmp(what, "panic") == 0) {
		return 1;
	} else if (strcmp(what, "machine") == 0) {
		show_machine();
	} else {
		serve();
	}
	off();
}
