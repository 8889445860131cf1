/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the objects that answer by themselves share: the containers that they hold, and how they tell what they did. */
#ifndef SKERRY_WARDEN_H
#define SKERRY_WARDEN_H

#include "tasks.h"
#include "layers.h"

/* A container tells so many denials at once, and so many a second after that; the others are counted. */
#define BURST 20
#define PAUSE 1000000000ull

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, struct bound);
} bounds SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 << 10);
} answers SEC(".maps");

/* 0: what was done; 1: what of it skerryd has told. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct tally);
} tallies SEC(".maps");

static __always_inline struct bound *bound_of(struct task_struct *task, u32 *node)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	u32 level = pid ? BPF_CORE_READ(pid, level) : 0;
	for (u32 i = 1; i <= DEEPEST && i <= level; i++) {
		struct pid_namespace *ns = namespace_at(pid, i);
		u32 inode = BPF_CORE_READ(ns, ns.inum);
		struct bound *of = bpf_map_lookup_elem(&bounds, &inode);
		if (of) {
			*node = i - 1;
			return of;
		}
	}
	return 0;
}

static __always_inline struct tally *done(void)
{
	u32 zero = 0;
	return bpf_map_lookup_elem(&tallies, &zero);
}

static __always_inline struct answer *begin(struct task_struct *task, struct bound *of, u32 node, u32 kind)
{
	struct answer *to = bpf_ringbuf_reserve(&answers, sizeof(struct answer), 0);
	if (!to)
		return 0;
	__builtin_memset(to, 0, sizeof(*to));
	to->time = bpf_ktime_get_ns();
	to->boot = bpf_ktime_get_boot_ns();
	to->container = of->container;
	to->process = number_at(BPF_CORE_READ(task, group_leader, thread_pid), node);
	to->kind = kind;
	bpf_probe_read_kernel(to->name, sizeof(to->name), &task->comm);
	return to;
}

/* Counts a denial, and begins to tell of it; 0 where there are too many. */
static __always_inline struct answer *begin_denial(struct task_struct *task, struct bound *of, u32 node, u32 kind, u32 cause)
{
	struct tally *tally = done();
	u64 now = bpf_ktime_get_ns(), next = of->next;
	if (tally)
		__sync_fetch_and_add(&tally->denied, 1);
	if (next + BURST * PAUSE < now)
		next = now - BURST * PAUSE;
	struct answer *told = next > now ? 0 : begin(task, of, node, kind);
	if (!told) {
		if (tally)
			__sync_fetch_and_add(&tally->untold, 1);
		return 0;
	}
	of->next = next + PAUSE;
	told->cause = cause;
	return told;
}

#endif
