/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Process numbers and pid namespaces, by which a task's container is known.
 *
 * What hangs on a task that the verifier knows as one (bpf_get_current_task_btf, an argument of a tp_btf program) is read as it is written in C: a load that
 * the kernel catches when it faults. READ (loads.h) is for pointers that were themselves read.
 */
#ifndef SKERRY_TASKS_H
#define SKERRY_TASKS_H

#include "loads.h"

#define COMPAT_STATUS 2    /* TS_COMPAT, arch/x86/include/asm/thread_info.h */
#define X32_BIT 0x40000000 /* __X32_SYSCALL_BIT, asm/unistd.h */

/*
 * What a process id is on one level of namespaces. libbpf 1.1 cannot relocate &pid->numbers[n]; and the verifier of Linux 6.1 only knows how far a product may be whose
 * second factor is constant, which a compiler does not care for.
 */
static __always_inline struct upid *upid_at(struct pid *pid, u32 level)
{
	u64 at = level & 31;
	asm volatile("%0 *= %1" : "+r"(at) : "r"((u64)bpf_core_type_size(struct upid)));
	return (void *)pid + bpf_core_field_offset(pid->numbers) + at;
}

static __always_inline u32 number_at(struct pid *pid, u32 level)
{
	struct upid *of = upid_at(pid, level);
	return READ(of, nr);
}

static __always_inline struct pid_namespace *namespace_at(struct pid *pid, u32 level)
{
	struct upid *of = upid_at(pid, level);
	return READ(of, ns);
}

/* Of a process id that the verifier knows as one. */
static __always_inline u32 virtual_number(struct pid *pid) { return number_at(pid, pid->level); }

#define DEEPEST 4

#endif
