// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Calls about sockets: the descriptor with both ends, and the address that the caller gave. */
#include "include/path.h"

/* struct user_msghdr, include/linux/socket.h; of the 32-bit interface: struct compat_msghdr. */
struct message_given {
	u64 name;
	u32 name_length;
};

struct message_given_compat {
	u32 name;
	u32 name_length;
};

static __always_inline u32 put_address(struct scratch *s, u32 at)
{
	u32 index = s->plan.address;
	if (index >= ARGUMENTS - 1)
		return at;
	u64 pointer = s->head.arguments[index];
	u32 length = s->head.arguments[index + 1];
	if (s->plan.flags & CALL_MESSAGE && s->head.flags & RECORD_COMPAT) {
		struct message_given_compat message = {};
		bpf_probe_read_user(&message, sizeof(message), (void *)pointer);
		pointer = message.name;
		length = message.name_length;
	} else if (s->plan.flags & CALL_MESSAGE) {
		struct message_given message = {};
		bpf_probe_read_user(&message, sizeof(message), (void *)pointer);
		pointer = message.name;
		length = message.name_length;
	}
	if (!pointer)
		return at;
	/* Of a message the kernel takes what is longer as if it had this length. */
	if (length > LONGEST_ADDRESS)
		length = LONGEST_ADDRESS;
	return put_user(s, at, SECTION_ADDRESS, (void *)pointer, length);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(network_call)
{
	struct scratch *s = scratch();
	if (!s)
		return 0;
	struct task_struct *task = running(s);
	s32 number = s->plan.descriptor == FROM_RESULT ? (s32)s->head.result
		: s->plan.descriptor < 0 || s->plan.descriptor >= ARGUMENTS ? -1 : (s32)s->head.arguments[s->plan.descriptor];
	u32 at = put_address(s, 0);
	if (number >= 0)
		at = put_descriptor(s, at, task, number);
	submit(s, at, s->head.call, s->plan.flags & CALL_WAKES);
	return 0;
}
