/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every structure that crosses between the kernel's side (bpf/) and skerryd (src/Skerry.Linux/Bpf/Contract.cs). Little
 * endian, no hidden padding: a test compares sizes and offsets of both sides. Compiles as plain C, too.
 */
#ifndef SKERRY_CONTRACT_H
#define SKERRY_CONTRACT_H

#ifdef __bpf__
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef __s8 s8;
#else
#include <stdint.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
typedef int8_t s8;
#endif

/* What a record is of. */
enum record_kind {
	RECORD_CALL = 0, /* a system call returned */
	RECORD_EXEC = 1, /* a program was started */
	RECORD_FORK = 2, /* a process was made */
	RECORD_EXIT = 3, /* a process ended, with its last thread */
};

/* record.flags */
enum record_flags {
	RECORD_COMPAT = 1,    /* called by the 32-bit or x32 interface */
	RECORD_URING = 2,     /* called through io_uring */
	RECORD_TRUNCATED = 4, /* there was more than there is room for */
	RECORD_KILLED = 8,    /* the process was sent SIGKILL by the program in the kernel */
};

/* Numbers of calls are those of x86-64, whatever the interface. Counters of other kinds come after them. */
#define CALLS 512
#define COUNT_EXEC 512
#define COUNT_FORK 513
#define COUNT_EXIT 514
#define COUNTERS 515

#define ARGUMENTS 6

/* The head of each record; sections follow. */
struct record {
	u64 time;    /* CLOCK_MONOTONIC */
	u64 start;   /* start of the process since boot: with its number it is like no other's */
	s64 result;  /* of calls; the exit code of ends; the process that made a new one */
	u64 arguments[ARGUMENTS];
	u32 size;    /* head and sections */
	u32 container; /* the number that skerryd gave the container */
	u32 process; /* numbers as the node sees them */
	u32 thread;
	u32 parent;
	u32 virtual_process; /* numbers as the process sees them */
	u32 virtual_thread;
	u32 user;    /* effective, as the kernel has it */
	u32 group;
	u32 login;   /* user at login; -1 for none */
	u16 kind;
	u16 call;
	u16 flags;
	u16 processor;
};

/* Sections, each a head and `length` bytes. */
enum section_kind {
	SECTION_TEXT0 = 1,     /* a text argument, without its NUL */
	SECTION_TEXT1 = 2,
	SECTION_TEXT2 = 3,
	SECTION_DIRECTORY0 = 4, /* a path: of the directory that TEXT0 is relative to */
	SECTION_DIRECTORY1 = 5,
	SECTION_DESCRIPTOR = 6, /* struct descriptor */
	SECTION_FILE = 7,      /* a path: of the file behind the descriptor, or of what was opened */
	SECTION_ADDRESS = 8,   /* struct sockaddr as the caller gave it */
	SECTION_UNIX = 9,      /* sun_path of the socket, or of its peer */
	SECTION_ARGUMENTS = 10, /* argv, each with its NUL */
	SECTION_ENVIRONMENT = 11,
	SECTION_PROGRAM = 12,  /* a path: of the program */
	SECTION_CWD = 13,      /* a path: of the working directory */
	SECTION_PROCESS = 14,  /* struct process_state */
};

struct section {
	u16 kind;
	u16 length;
};

/* A path: one byte of enum path_end, then names from the last to the first, each with its NUL. */
enum path_end {
	PATH_ROOT = 0,     /* ends at the root of the process */
	PATH_OUTSIDE = 1,  /* ends at the root of the mount namespace: not below the root of the process */
	PATH_DETACHED = 2, /* ends nowhere: memfd, anonymous inodes, what was unmounted */
	PATH_CUT = 3,      /* there are more names above */
};

/* Which layer of an overlay a file is in. */
enum file_layer { LAYER_NONE = 0, LAYER_UPPER = 1, LAYER_LOWER = 2 };

/* An open file or socket. */
struct descriptor {
	u64 inode;
	u32 number;
	u32 device;  /* major << 20 | minor */
	u16 mode;    /* of the inode, with its type */
	u16 family;  /* of sockets; 0 for others */
	u16 type;    /* SOCK_STREAM … */
	u16 protocol;
	u16 local_port;  /* host byte order */
	u16 remote_port;
	u8 state;    /* TCP_ESTABLISHED … */
	u8 layer;
	u8 reserved[2];
	u8 local[16]; /* network byte order; IPv4 in the first four */
	u8 remote[16];
};

/* What of a process its start changes. */
struct process_state {
	u64 permitted; /* capabilities */
	u64 inheritable;
	u64 effective;
	u64 program_inode;
	u64 program_changed;  /* ctime, nanoseconds since 1970 */
	u64 program_modified; /* mtime */
	u64 namespace_start;  /* of the first process of the pid namespace, since boot */
	u32 program_owner;
	u32 program_group;
	u32 session;  /* as the process sees it */
	u32 process_group; /* as the node sees it */
	u32 virtual_process_group;
	u32 terminal; /* major << 20 | minor; 0 for none */
	u16 program_mode;
	u8 program_layer;
	u8 program_unlinked; /* no name leads to it any more */
	u16 streams[3]; /* type bits of the modes of descriptors 0, 1, 2; 0 where closed */
	u16 stream_families[3];
	u8 name[16];
};

/* How a call is told; index: its number. `handler` 0: not at all. Values of -1: no such argument. */
enum call_handler {
	HANDLER_NONE = 0,
	HANDLER_PLAIN = 1,
	HANDLER_OPEN = 2,
	HANDLER_NETWORK = 3,
	HANDLER_START = 4,     /* execve that failed */
	HANDLER_DIRECTORY = 5, /* chdir, fchdir, chroot */
	HANDLER_CAPABILITIES = 6,
	HANDLER_MESSAGES = 7,  /* an array of struct mmsghdr: a record for each address that differs from the one before */
	HANDLERS = 8,
};

enum call_flags {
	CALL_WAKES = 1,    /* tell at once */
	CALL_SUCCESS = 2,  /* failures are not told */
	CALL_MESSAGE = 4,  /* the address is in a struct msghdr */
	CALL_HOW = 8,      /* flags and mode are in a struct open_how, or flags in a struct clone_args */
};

#define FROM_RESULT 7 /* the descriptor is what the call returned */

struct call_plan {
	u8 handler;
	u8 flags;
	s8 text[3];
	s8 directory[2];
	s8 descriptor;
	s8 address; /* argument that points to a struct sockaddr; the next has its length */
	u8 reserved[7];
} __attribute__((aligned(8))); /* copied in two pieces */

#define CANARY 0xffffffffu /* number of the container that stands for skerryd itself; its place in the map is 0 */

/* A watched container, by the inode of its pid namespace. */
struct watched {
	u64 next; /* when the rate limit lets the next event through, CLOCK_MONOTONIC; the kernel's side alone writes it */
	u32 container;
	u32 flags;
};

enum watched_flags {
	WATCHED_EXEC_WAKES = 1,
	WATCHED_KILLS_DRIFT = 2,    /* programs in the writable layer are killed before their first instruction */
	WATCHED_KILLS_NAMELESS = 4, /* … that no name leads to, as those in memory */
};

struct counter {
	u64 seen;    /* in watched containers, of kinds that are told */
	u64 sent;
	u64 lost;    /* no room in the ring */
	u64 limited; /* over the container's limit */
};

/* What skerryd and the kernel's side tell each other; one page, mapped by both. */
struct control {
	u32 waiting; /* the reader sleeps: the next record wakes it */
	u32 canary;  /* number, in its own pid namespace, of the thread of skerryd whose calls are told, too; 0: none */
	u64 woken;   /* when a record last woke it that had to be told at once; the kernel's side alone uses it */
	u32 canary_namespace; /* inode of that namespace */
	u32 reserved;
	u64 crowded; /* when a record last woke it because many wait; likewise */
};

/* Set before the programs are loaded. */
struct settings {
	u64 burst;      /* nanoseconds that a quiet container may catch up */
	u32 interval;   /* nanoseconds of one event at the rate limit; 0: no limit */
	u32 wake_bytes; /* unread bytes in the ring at which the reader is woken */
	u32 call_bytes; /* … at which calls find no room: the rest is for starts, forks and ends */
	u32 calls_alone; /* the kernel's structures are read by calls, as on kernels that cannot do better */
};

/* The warden (warden.bpf.c): what goes on in the kernel while skerryd is away. A container that it holds, by the inode of its pid namespace. */
struct bound {
	u64 next; /* when the next denial may be told, CLOCK_MONOTONIC; the kernel's side alone writes it */
	u64 container; /* the first 16 digits of the container's identifier */
	u32 flags; /* enum watched_flags, enum bound_flags */
	u32 networks; /* the set of networks and ports that it may speak to */
};

enum bound_flags {
	BOUND_DENIES_NETWORKS = 8, /* speaks to the networks of its set alone */
	/* What follows is refused in security hooks (lsm.bpf.c), or not at all. */
	BOUND_DENIES_SCRIPTS = 16,       /* scripts in the writable layer are not started by their names */
	BOUND_DENIES_PACKETS = 32,       /* packet sockets */
	BOUND_DENIES_MODULES = 64,       /* init_module, finit_module */
	BOUND_DENIES_REPLACEMENT = 128,  /* delete_module, kexec_load, kexec_file_load */
	BOUND_DENIES_PROGRAMS = 256,     /* bpf that loads a program */
	BOUND_DENIES_BPF = 512,          /* bpf, perf_event_open */
	BOUND_DENIES_MOUNTS = 1024,      /* mount, move_mount, fsmount */
	BOUND_DENIES_ENTERING = 2048,    /* setns */
	BOUND_DENIES_UNSHARING = 4096,   /* unshare of a user namespace */
	BOUND_DENIES_CLONING = 8192,     /* clone and clone3 into one */
};

/* A network of a set: key of a trie, so the length of the prefix comes first; set and family are part of the prefix. */
struct network {
	u32 prefix;
	u32 set;
	u32 family;
	u8 address[16]; /* network byte order; IPv4 in the first four */
};

/* A port of a set, open towards every network. */
struct open_port {
	u32 set;
	u32 number;
};

enum answer_kind {
	ANSWER_KILLED = 0,
	ANSWER_DENIED = 1,    /* a connection, a datagram or a socket */
	ANSWER_REFUSED = 2,   /* a program was not started */
	ANSWER_FORBIDDEN = 3, /* a call */
};

/* What the warden did. */
struct answer {
	u64 time; /* CLOCK_MONOTONIC */
	u64 boot; /* CLOCK_BOOTTIME, which goes on while the machine sleeps */
	u64 container;
	u32 process; /* as the node sees it */
	u32 kind;
	u32 cause; /* the flag by which it was denied */
	u32 call; /* the number that x86-64 has for the call; 0 where it is not known */
	u16 family; /* of what was denied … */
	u16 port; /* host byte order */
	u16 type; /* SOCK_STREAM … */
	u16 protocol;
	u8 address[16];
	u8 name[16]; /* of the process */
	u8 program[128]; /* as it was called, with a NUL */
};

struct tally {
	u64 killed;
	u64 denied;
	u64 untold; /* denied, too many to be told each */
};

#endif
