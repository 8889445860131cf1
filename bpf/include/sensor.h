/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What all sensors share: maps, settings, the record that is being made, and its way to skerryd. */
#ifndef SKERRY_SENSOR_H
#define SKERRY_SENSOR_H

#include "kernel.h"

/* Set by skerryd before the programs are loaded. */
const volatile struct settings settings SEC(".rodata.settings");

#define LOADS (!settings.calls_alone && KERNEL_LOADS)
#include "tasks.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, struct watched);
} containers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CALLS);
	__type(key, u32);
	__type(value, struct call_plan);
} plans SEC(".maps");

/* Number of a call of the 32-bit interface → its number on x86-64, plus 1. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CALLS);
	__type(key, u32);
	__type(value, u16);
} compat SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, u32);
	__type(value, struct counter);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct control);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, HANDLERS);
	__type(key, u32);
	__type(value, u32);
} handlers SEC(".maps");

/* Sections begin below ROOM; one may be CHUNK long. */
#define ROOM 8192
#define CHUNK 4096

#define LONGEST_ADDRESS 128 /* sizeof(struct sockaddr_storage) */

/* Where a walk from a file to the root of the process stands (path.h). */
struct walk {
	struct dentry *dentry, *root, *mount_top;
	struct vfsmount *mount, *root_mount;
	u32 at;
	u32 end;
};

struct scratch {
	struct record head;
	u8 body[ROOM + CHUNK + 64];
	struct call_plan plan;
	struct task_struct *task; /* that the dispatcher found running */
	struct walk walk;
	u64 address[2][LONGEST_ADDRESS / 8]; /* of a message, and of the one before */
	u64 unread; /* bytes that waited in the ring when this processor last looked */
	u64 since;  /* what it wrote since then */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline struct scratch *scratch(void)
{
	u32 zero = 0;
	return bpf_map_lookup_elem(&scratches, &zero);
}

/* The running task, for the programs that the dispatcher jumps to. */
static __always_inline struct task_struct *running(struct scratch *s) { return LOADS ? KNOWN(s->task) : bpf_get_current_task_btf(); }

/*
 * The container that a task is of: known by a pid namespace that the task stays in, whatever it unshares. The first that is
 * watched, from the machine's own downwards, is the container's; one level above it is the node.
 */
static __always_inline struct watched *watched_of(struct task_struct *task, u32 *node)
{
	struct pid *pid = task->thread_pid;
	u32 level = pid ? pid->level : 0;
	for (u32 i = 1; i <= DEEPEST && i <= level; i++) {
		struct pid_namespace *ns = namespace_at(pid, i);
		u32 inode = READ(ns, ns.inum);
		struct watched *of = bpf_map_lookup_elem(&containers, &inode);
		if (of) {
			*node = i - 1;
			return of;
		}
	}
	return 0;
}

static __always_inline struct counter *counter_of(u32 index) { return bpf_map_lookup_elem(&counters, &index); }

/* Counts an event; false where the container is over its limit (a bucket that fills at a steady rate). */
static __always_inline int admit(struct watched *of, u32 index, int unlimited)
{
	struct counter *count = counter_of(index);
	if (!count)
		return 0;
	count->seen++;
	if (unlimited || !settings.interval)
		return 1;
	u64 now = bpf_ktime_get_ns(), next = of->next;
	if (next + settings.burst < now)
		next = now - settings.burst;
	if (next > now) {
		count->limited++;
		return 0;
	}
	of->next = next + settings.interval;
	return 1;
}

/* The head of a record about a task. */
static __always_inline void begin(struct scratch *s, struct task_struct *task, struct watched *of, u32 node, u16 kind, u16 call)
{
	struct record *head = &s->head;
	struct pid *pid = task->thread_pid, *own = task->group_leader->thread_pid;
	head->time = bpf_ktime_get_ns();
	head->start = task->group_leader->start_boottime;
	head->container = of->container;
	head->process = number_at(own, node);
	head->thread = pid == own ? head->process : number_at(pid, node);
	head->parent = number_at(task->real_parent->group_leader->thread_pid, node);
	head->virtual_thread = virtual_number(pid);
	head->virtual_process = pid == own ? head->virtual_thread : virtual_number(own);
	head->user = task->cred->euid.val;
	head->group = task->cred->egid.val;
	head->login = bpf_core_field_exists(task->loginuid) ? task->loginuid.val : (u32)-1;
	head->kind = kind;
	head->call = call;
	head->flags = 0;
	head->processor = bpf_get_smp_processor_id();
	head->result = 0;
}

/* Room for a section at `at`; 0 where there is none. */
static __always_inline u8 *room(struct scratch *s, u32 at)
{
	/* What is compared must be what is added: older verifiers (Linux 6.1) do not see that two registers hold the same. */
	barrier_var(at);
	if (at >= ROOM) {
		s->head.flags |= RECORD_TRUNCATED;
		return 0;
	}
	return s->body + at;
}

static __always_inline void head_section(u8 *to, u16 kind, u16 length)
{
	struct section *section = (void *)to;
	section->kind = kind;
	section->length = length;
}

/* Each of these writes one section at `at` and gives the place after it. */
static __always_inline u32 put_text(struct scratch *s, u32 at, u16 kind, const void *user)
{
	u8 *to = room(s, at);
	if (!to || !user)
		return at;
	long n = bpf_probe_read_user_str(to + sizeof(struct section), CHUNK, user);
	if (n <= 0)
		return at;
	head_section(to, kind, n - 1);
	return at + sizeof(struct section) + (n & (2 * CHUNK - 1)) - 1;
}

static __always_inline u32 put_user(struct scratch *s, u32 at, u16 kind, const void *user, u32 length)
{
	u8 *to = room(s, at);
	if (length >= CHUNK) {
		length = CHUNK - 1;
		s->head.flags |= RECORD_TRUNCATED;
	}
	barrier_var(length);
	length &= CHUNK - 1;
	if (!to || !length || bpf_probe_read_user(to + sizeof(struct section), length, user))
		return at;
	head_section(to, kind, length);
	return at + sizeof(struct section) + length;
}

/*
 * Records that must be told at once wake the reader once in this time, and so do those that come while many wait; in a flood of them the rest waits for the next
 * batch. A wake-up costs ten times the rest.
 */
#define WAKE_PAUSE 500000ull

/* So much a processor writes before it looks anew at how full the ring is: by no more than that the others' writing is overlooked. */
#define LOOK_AGAIN 4096

static __always_inline u64 unread_of(struct scratch *s, u32 size)
{
	u64 unread = s->unread + s->since;
	if (s->since >= LOOK_AGAIN || unread >= settings.wake_bytes) {
		unread = s->unread = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);
		s->since = 0;
	}
	s->since += size;
	return unread;
}

/* Sends the record of which `at` bytes of sections are written. */
static __always_inline void submit(struct scratch *s, u32 at, u32 index, int wakes)
{
	u32 zero = 0;
	u64 flags = BPF_RB_NO_WAKEUP;
	struct control *reader = bpf_map_lookup_elem(&control, &zero);
	struct counter *count = counter_of(index);
	if (!reader || !count)
		return;
	if (at > ROOM + CHUNK)
		at = ROOM + CHUNK;
	barrier_var(at);
	u32 size = sizeof(struct record) + at;
	if (size > sizeof(struct record) + ROOM + CHUNK)
		return;
	s->head.size = size;
	/* What skerryd knows of processes hangs on the others: a flood of calls leaves them room. */
	u64 unread = unread_of(s, size);
	if (index < CALLS && unread >= settings.call_bytes) {
		count->lost++;
		return;
	}
	if (reader->waiting || (wakes && s->head.time - reader->woken > WAKE_PAUSE)) {
		reader->waiting = 0;
		reader->woken = s->head.time;
		flags = BPF_RB_FORCE_WAKEUP;
	} else if (unread >= settings.wake_bytes && s->head.time - reader->crowded > WAKE_PAUSE) {
		reader->crowded = s->head.time;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	if (bpf_ringbuf_output(&events, s, size, flags))
		count->lost++;
	else
		count->sent++;
}

#endif
