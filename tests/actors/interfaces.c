/* The same acts by other ways into the kernel than the usual one. */
#include "actor.h"
#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* Has one entry done and gives its result; -1 with errno where there is no ring. */
static int by_uring(struct io_uring_sqe *entry)
{
	struct io_uring_params given = { 0 };
	int ring = syscall(SYS_io_uring_setup, 1, &given);
	if (ring < 0)
		return -1;
	char *submit = mmap(0, given.sq_off.array + given.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	char *complete = mmap(0, given.cq_off.cqes + given.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	struct io_uring_sqe *entries = mmap(0, given.sq_entries * sizeof(*entries), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	if (submit == MAP_FAILED || complete == MAP_FAILED || entries == MAP_FAILED)
		return -1;
	entries[0] = *entry;
	((unsigned *)(submit + given.sq_off.array))[0] = 0;
	__atomic_store_n((unsigned *)(submit + given.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) < 0)
		return -1;
	int result = ((struct io_uring_cqe *)(complete + given.cq_off.cqes))[0].res;
	close(ring);
	return result;
}

int open_by_uring(int argc, char **argv)
{
	struct io_uring_sqe entry = { .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (unsigned long)"/etc/shadow", .open_flags = O_RDONLY };
	int result = by_uring(&entry);
	if (result < -1)
		errno = -result;
	return result < 0 ? failed("io_uring") : 0;
}

int connect_by_uring(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(80) };
	inet_pton(AF_INET, "169.254.169.254", &address.sin_addr);
	int line = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct io_uring_sqe entry = { .opcode = IORING_OP_CONNECT, .fd = line, .addr = (unsigned long)&address, .off = sizeof(address) };
	int result = by_uring(&entry);
	return result == -1 && errno == ENOSYS ? failed("io_uring") : 0;
}

/* open(2) is number 5 of the 32-bit interface, and its path must lie where 32 bits reach. */
int open_by_32_bit_call(int argc, char **argv)
{
#ifdef __x86_64__
	char *low = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	int result;
	if (low == MAP_FAILED)
		return failed("mmap");
	strcpy(low, "/etc/shadow");
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(5), "b"(low), "c"(O_RDONLY), "d"(0) : "memory", "r8", "r9", "r10", "r11");
	if (result < 0) {
		errno = -result;
		return failed("open by int 0x80");
	}
	return 0;
#else
	errno = ENOSYS;
	return failed("int 0x80");
#endif
}
