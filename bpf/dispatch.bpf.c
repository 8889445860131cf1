// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every system call that returns passes here: whose it is, whether anybody wants to know, and who tells. */
#include "include/sensor.h"

#define COMPAT_SOCKETCALL 102 /* asm/unistd_32.h: which call is the first argument, where its arguments are the second */
#define COMPAT_SOCKETCALLS 480 /* its calls have their numbers on x86-64 from here on in the map */

/* Number of the call on x86-64; CALLS for one that has none. */
static __always_inline u32 call_of(struct task_struct *task, struct pt_regs *regs, int *is_compat)
{
	u32 number = regs->orig_ax;
	*is_compat = (task->thread_info.status & COMPAT_STATUS) != 0;
	if (*is_compat) {
		if (number == COMPAT_SOCKETCALL)
			number = COMPAT_SOCKETCALLS + ((u32)regs->bx & 31);
		u16 *native = bpf_map_lookup_elem(&compat, &number);
		return native && *native ? *native - 1u : CALLS;
	}
	if (number & X32_BIT)
		number &= ~X32_BIT;
	return number < CALLS ? number : CALLS;
}

static __always_inline void read_arguments(struct record *head, struct pt_regs *regs, int is_compat)
{
	if (is_compat && (u32)regs->orig_ax == COMPAT_SOCKETCALL) {
		u32 given[ARGUMENTS] = {};
		bpf_probe_read_user(given, sizeof(given), (void *)(u64)(u32)regs->cx);
		for (int i = 0; i < ARGUMENTS; i++)
			head->arguments[i] = given[i];
		return;
	}
	if (is_compat) {
		head->arguments[0] = (u32)regs->bx;
		head->arguments[1] = (u32)regs->cx;
		head->arguments[2] = (u32)regs->dx;
		head->arguments[3] = (u32)regs->si;
		head->arguments[4] = (u32)regs->di;
		head->arguments[5] = (u32)regs->bp;
		return;
	}
	head->arguments[0] = regs->di;
	head->arguments[1] = regs->si;
	head->arguments[2] = regs->dx;
	head->arguments[3] = regs->r10;
	head->arguments[4] = regs->r8;
	head->arguments[5] = regs->r9;
}

/* skerryd itself, while it measures how long its own event takes: like a container, and told at once. */
static __always_inline struct watched *canary_of(struct task_struct *task, struct control *reader)
{
	u32 zero = 0;
	struct pid *pid = task->thread_pid;
	struct pid_namespace *ns = namespace_at(pid, pid->level);
	if (virtual_number(pid) != reader->canary || READ(ns, ns.inum) != reader->canary_namespace)
		return 0;
	return bpf_map_lookup_elem(&containers, &zero);
}

/* By a number that stands in the program the kernel jumps straight; by one that is read it goes through a table, which retpolines make dear. */
static __always_inline void enter(void *ctx, u32 handler)
{
	switch (handler) {
	case HANDLER_PLAIN: bpf_tail_call_static(ctx, &handlers, HANDLER_PLAIN); break;
	case HANDLER_OPEN: bpf_tail_call_static(ctx, &handlers, HANDLER_OPEN); break;
	case HANDLER_NETWORK: bpf_tail_call_static(ctx, &handlers, HANDLER_NETWORK); break;
	default: bpf_tail_call(ctx, &handlers, handler);
	}
}

/* The call comes first: most are of no interest in any container, and that costs least to know. */
SEC("tp_btf/sys_exit")
int BPF_PROG(dispatch, struct pt_regs *regs, long result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 node = 0, zero = 0;
	int is_compat = 0;
	u32 call = call_of(task, regs, &is_compat);
	struct call_plan *known = bpf_map_lookup_elem(&plans, &call);
	struct control *reader = bpf_map_lookup_elem(&control, &zero);
	struct watched *of = known && known->handler && (result >= 0 || !(known->flags & CALL_SUCCESS)) ? watched_of(task, &node) : 0;
	struct call_plan plan = { .handler = HANDLER_PLAIN, .flags = CALL_WAKES, .text = { -1, -1, -1 }, .directory = { -1, -1 }, .descriptor = -1, .address = -1 };
	if (of && known)
		plan = *known;
	else if (!reader || !reader->canary || !(of = canary_of(task, reader)))
		return 0;
	if (!admit(of, call, 0))
		return 0;
	struct scratch *s = scratch();
	if (!s)
		return 0;
	begin(s, task, of, node, RECORD_CALL, call);
	s->head.result = result;
	read_arguments(&s->head, regs, is_compat);
	if (is_compat)
		s->head.flags |= RECORD_COMPAT;
	s->plan = plan;
	s->task = task;
	enter(ctx, plan.handler);
	return 0;
}
