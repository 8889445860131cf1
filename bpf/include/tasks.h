/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Process numbers and pid namespaces, by which a task's container is known. */
#ifndef SKERRY_TASKS_H
#define SKERRY_TASKS_H

#include "kernel.h"

/* Number of a process id on one level of namespaces. libbpf 1.1 cannot relocate &pid->numbers[n]. */
static __always_inline u32 number_at(struct pid *pid, u32 level)
{
	struct upid *of = (void *)pid + bpf_core_field_offset(pid->numbers) + bpf_core_type_size(struct upid) * (level & 31);
	return BPF_CORE_READ(of, nr);
}

static __always_inline struct pid_namespace *namespace_at(struct pid *pid, u32 level)
{
	struct upid *of = (void *)pid + bpf_core_field_offset(pid->numbers) + bpf_core_type_size(struct upid) * (level & 31);
	return BPF_CORE_READ(of, ns);
}

static __always_inline u32 virtual_number(struct pid *pid) { return number_at(pid, BPF_CORE_READ(pid, level)); }

#define DEEPEST 4

#endif
