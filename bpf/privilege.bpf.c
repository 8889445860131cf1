// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a process may do after it asked to be allowed something else: its capabilities as the kernel has them now. */
#include "include/sensor.h"

static __always_inline u64 capabilities(const void *set)
{
	u64 bits = 0;
	bpf_probe_read_kernel(&bits, sizeof(bits), set);
	return bits;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(capability_call)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = scratch();
	if (!s)
		return 0;
	const struct cred *cred = task->cred;
	s->head.arguments[0] = capabilities((void *)cred + bpf_core_field_offset(struct cred, cap_inheritable));
	s->head.arguments[1] = capabilities((void *)cred + bpf_core_field_offset(struct cred, cap_permitted));
	s->head.arguments[2] = capabilities((void *)cred + bpf_core_field_offset(struct cred, cap_effective));
	submit(s, 0, s->head.call, s->plan.flags & CALL_WAKES);
	return 0;
}
