/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which system call a task is in, by the number that x86-64 has for it, and which of the warden's denials is of that call. */
#ifndef SKERRY_CALLS_H
#define SKERRY_CALLS_H

#include "tasks.h"

/* asm/unistd_64.h */
enum call {
	CALL_SOCKET = 41,
	CALL_CLONE = 56,
	CALL_MOUNT = 165,
	CALL_INIT_MODULE = 175,
	CALL_DELETE_MODULE = 176,
	CALL_KEXEC_LOAD = 246,
	CALL_UNSHARE = 272,
	CALL_PERF_EVENT_OPEN = 298,
	CALL_SETNS = 308,
	CALL_FINIT_MODULE = 313,
	CALL_KEXEC_FILE_LOAD = 320,
	CALL_BPF = 321,
	CALL_MOVE_MOUNT = 429,
	CALL_FSMOUNT = 432,
	CALL_CLONE3 = 435,
	CALL_KEXEC_LOAD_X32 = 528,
};

/* Of the 32-bit interface (asm/unistd_32.h); numbers from 424 on are the same everywhere. */
static __always_inline u32 native_call(u32 number)
{
	switch (number) {
	case 21: return CALL_MOUNT;
	case 102: return CALL_SOCKET; /* socketcall */
	case 120: return CALL_CLONE;
	case 128: return CALL_INIT_MODULE;
	case 129: return CALL_DELETE_MODULE;
	case 283: return CALL_KEXEC_LOAD;
	case 310: return CALL_UNSHARE;
	case 336: return CALL_PERF_EVENT_OPEN;
	case 346: return CALL_SETNS;
	case 350: return CALL_FINIT_MODULE;
	case 357: return CALL_BPF;
	case 359: return CALL_SOCKET;
	default: return number >= 424 ? number : 0;
	}
}

/* The call that the running task is in: what the kernel took from its registers before it began with it. */
static __always_inline u32 running_call(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	u32 number = BPF_CORE_READ(regs, orig_ax);
	if (BPF_CORE_READ(task, thread_info.status) & COMPAT_STATUS)
		return native_call(number);
	if (number & X32_BIT)
		number &= ~X32_BIT;
	return number == CALL_KEXEC_LOAD_X32 ? CALL_KEXEC_LOAD : number;
}

/* The denial that a call belongs to which cannot be made without a capability; 0 for none. */
static __always_inline u32 privileged_act(int capability, u32 call)
{
	switch (call) {
	case CALL_INIT_MODULE:
	case CALL_FINIT_MODULE: return capability == CAP_SYS_MODULE ? BOUND_DENIES_MODULES : 0;
	case CALL_DELETE_MODULE: return capability == CAP_SYS_MODULE ? BOUND_DENIES_REPLACEMENT : 0;
	case CALL_KEXEC_LOAD:
	case CALL_KEXEC_FILE_LOAD: return capability == CAP_SYS_BOOT ? BOUND_DENIES_REPLACEMENT : 0;
	case CALL_MOUNT:
	case CALL_MOVE_MOUNT:
	case CALL_FSMOUNT: return capability == CAP_SYS_ADMIN ? BOUND_DENIES_MOUNTS : 0;
	case CALL_SETNS: return capability == CAP_SYS_ADMIN ? BOUND_DENIES_ENTERING : 0;
	default: return 0;
	}
}

#endif
