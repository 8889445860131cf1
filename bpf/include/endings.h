/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What holds for a container ends when its first process is released, which is after all others are gone: at that one's exit they still run, which is long to
 * who stretches it. Another namespace may get the number of its own after that, before skerryd hears of it.
 */
#ifndef SKERRY_ENDINGS_H
#define SKERRY_ENDINGS_H

#include "tasks.h"

struct ending {
	u64 container;
	u32 ns;
	u32 reserved;
};

/* Key: the first process by its number on the machine. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, struct ending);
} endings SEC(".maps");

/* Notes that a process ends; only of the first one of a container something ends. */
static __always_inline void note_ending(u32 process, struct pid *pid, u32 node, u64 container)
{
	if (number_at(pid, node + 1) != 1)
		return;
	struct ending gone = { .container = container, .ns = READ(namespace_at(pid, node + 1), ns.inum) };
	bpf_map_update_elem(&endings, &process, &gone, BPF_ANY);
}

/* Takes what was noted of a process that is released; 0: nothing. */
static __always_inline int take_ending(u32 process, struct ending *gone)
{
	struct ending *found = bpf_map_lookup_elem(&endings, &process);
	if (!found)
		return 0;
	*gone = *found;
	bpf_map_delete_elem(&endings, &process);
	return 1;
}

#endif
