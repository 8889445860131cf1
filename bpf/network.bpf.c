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

/* Where the message at a place in the caller's memory goes to. */
static __always_inline void read_message(struct scratch *s, u64 at, u64 *address, u32 *length)
{
	if (s->head.flags & RECORD_COMPAT) {
		struct message_given_compat message = {};
		bpf_probe_read_user(&message, sizeof(message), (void *)at);
		*address = message.name;
		*length = message.name_length;
	} else {
		struct message_given message = {};
		bpf_probe_read_user(&message, sizeof(message), (void *)at);
		*address = message.name;
		*length = message.name_length;
	}
	/* Of a message the kernel takes what is longer as if it had this length. */
	if (*length > LONGEST_ADDRESS)
		*length = LONGEST_ADDRESS;
}

static __always_inline u32 put_address(struct scratch *s, u32 at)
{
	u32 index = s->plan.address;
	if (index >= ARGUMENTS - 1)
		return at;
	u64 pointer = s->head.arguments[index];
	u32 length = s->head.arguments[index + 1];
	if (s->plan.flags & CALL_MESSAGE)
		read_message(s, pointer, &pointer, &length);
	if (!pointer)
		return at;
	if (length > LONGEST_ADDRESS)
		length = LONGEST_ADDRESS;
	return put_user(s, at, SECTION_ADDRESS, (void *)pointer, length);
}

static __always_inline s32 socket_number(struct scratch *s)
{
	s8 index = s->plan.descriptor;
	if (index == FROM_RESULT)
		return s->head.result;
	return index < 0 || index >= ARGUMENTS ? -1 : (s32)s->head.arguments[index];
}

SEC("tp_btf/sys_exit")
int BPF_PROG(network_call)
{
	struct scratch *s = scratch();
	if (!s)
		return 0;
	struct task_struct *task = running(s);
	s32 number = socket_number(s);
	u32 at = put_address(s, 0);
	if (number >= 0)
		at = put_descriptor(s, at, task, number, s->plan.descriptor == FROM_RESULT);
	submit(s, at, s->head.call, s->plan.flags & CALL_WAKES);
	return 0;
}

#define MOST_MESSAGES 1024 /* UIO_MAXIOV, linux/uio.h: the kernel takes no more at once */
#define MESSAGE_SIZE 64 /* struct mmsghdr */
#define MESSAGE_SIZE_COMPAT 32

/* Whether the address in the scratch is not that of the message before, which it is from now on. */
static __always_inline int take_address(struct scratch *s)
{
	u64 differs = 0;
	for (int i = 0; i < LONGEST_ADDRESS / 8; i++) {
		differs |= s->address[0][i] ^ s->address[1][i];
		s->address[1][i] = s->address[0][i];
	}
	return differs != 0;
}

/* One message of sendmmsg, told where it goes elsewhere than the one before; behind what is the same for all. */
static long tell_message(u32 index, void *context)
{
	struct scratch *s = scratch();
	u32 node = 0, length = 0, at = *(u32 *)context;
	u64 pointer = 0;
	if (!s)
		return 1;
	u32 size = s->head.flags & RECORD_COMPAT ? MESSAGE_SIZE_COMPAT : MESSAGE_SIZE;
	read_message(s, s->head.arguments[1] + index * size, &pointer, &length);
	__builtin_memset(s->address[0], 0, sizeof(s->address[0]));
	if (!pointer || length > LONGEST_ADDRESS || bpf_probe_read_user(s->address[0], length, (void *)pointer))
		length = 0;
	if (!take_address(s) && index)
		return 0;
	/* The first one the dispatcher has counted. */
	struct watched *of = index ? watched_of(bpf_get_current_task_btf(), &node) : 0;
	if (index && (!of || !admit(of, s->head.call, 0)))
		return 0;
	u8 *to = room(s, at);
	if (to && length) {
		head_section(to, SECTION_ADDRESS, length);
		__builtin_memcpy((u64 *)(to + sizeof(struct section)), s->address[1], sizeof(s->address[1]));
		at += sizeof(struct section) + length;
	}
	submit(s, at, s->head.call, s->plan.flags & CALL_WAKES);
	return 0;
}

/* What was sent, each message on its way; of what was not, the first. */
SEC("tp_btf/sys_exit")
int BPF_PROG(messages_call)
{
	struct scratch *s = scratch();
	if (!s)
		return 0;
	struct task_struct *task = running(s);
	s64 sent = s->head.result;
	s32 number = socket_number(s);
	u32 at = number >= 0 ? put_descriptor(s, 0, task, number, 0) : 0;
	bpf_loop(sent < 1 ? 1 : sent > MOST_MESSAGES ? MOST_MESSAGES : sent, tell_message, &at, 0);
	return 0;
}
