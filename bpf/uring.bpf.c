// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Requests of io_uring that stand for a call: what was asked for is kept when a request is taken in, and told with the result
 * when it is done, as the call itself would be. They pass no system call.
 */
#include "include/path.h"

/* include/uapi/linux/io_uring.h */
#define OP_CONNECT 16
#define OP_OPENAT 18
#define OP_OPENAT2 28
#define OP_RENAMEAT 35
#define OP_UNLINKAT 36

/* asm/unistd_64.h */
#define CALL_CONNECT 42
#define CALL_OPENAT 257
#define CALL_UNLINKAT 263
#define CALL_RENAMEAT2 316
#define CALL_OPENAT2 437

#define LONGEST 512

struct request {
	u64 arguments[ARGUMENTS];
	u32 call;
	u16 first, second; /* lengths of the texts, with their NUL; of the address in `first` */
	u8 text[2][LONGEST];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, struct request);
} requests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct request);
} forms SEC(".maps");

static __always_inline u16 copy_name(u8 *to, struct filename *name)
{
	long n = bpf_probe_read_kernel_str(to, LONGEST, BPF_CORE_READ(name, name));
	return n > 0 ? n : 0;
}

static __always_inline void take_open(struct request *to, void *cmd, int is_how)
{
	struct io_open *asked = cmd;
	to->call = is_how ? CALL_OPENAT2 : CALL_OPENAT;
	to->arguments[0] = (s64)BPF_CORE_READ(asked, dfd);
	to->arguments[2] = BPF_CORE_READ(asked, how.flags);
	to->arguments[3] = BPF_CORE_READ(asked, how.mode);
	to->first = copy_name(to->text[0], BPF_CORE_READ(asked, filename));
}

static __always_inline void take_connect(struct request *to, void *cmd, int number)
{
	struct io_connect *asked = cmd;
	u32 length = BPF_CORE_READ(asked, addr_len);
	to->call = CALL_CONNECT;
	to->arguments[0] = number;
	if (length > 128)
		return;
	barrier_var(length);
	length &= 255;
	if (!bpf_probe_read_user(to->text[0], length, BPF_CORE_READ(asked, addr)))
		to->first = length;
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(on_uring_submit, struct io_kiocb *taken)
{
	struct io_kiocb *request = (void *)ctx[0];
	u32 zero = 0, node = 0;
	struct task_struct *task = bpf_get_current_task_btf();
	if (!watched_of(task, &node))
		return 0;
	struct request *form = bpf_map_lookup_elem(&forms, &zero);
	if (!form)
		return 0;
	void *cmd = (void *)request + bpf_core_field_offset(struct io_kiocb, cmd);
	form->call = CALLS;
	form->first = form->second = 0;
	__builtin_memset(form->arguments, 0, sizeof(form->arguments));
	switch (BPF_CORE_READ(request, opcode)) {
	case OP_OPENAT:
		take_open(form, cmd, 0);
		break;
	case OP_OPENAT2:
		take_open(form, cmd, 1);
		break;
	case OP_CONNECT:
		take_connect(form, cmd, BPF_CORE_READ(request, cqe.fd));
		break;
	case OP_UNLINKAT: {
		struct io_unlink *asked = cmd;
		form->call = CALL_UNLINKAT;
		form->arguments[0] = (s64)BPF_CORE_READ(asked, dfd);
		form->arguments[2] = BPF_CORE_READ(asked, flags);
		form->first = copy_name(form->text[0], BPF_CORE_READ(asked, filename));
		break;
	}
	case OP_RENAMEAT: {
		struct io_rename *asked = cmd;
		form->call = CALL_RENAMEAT2;
		form->arguments[0] = (s64)BPF_CORE_READ(asked, old_dfd);
		form->arguments[2] = (s64)BPF_CORE_READ(asked, new_dfd);
		form->first = copy_name(form->text[0], BPF_CORE_READ(asked, oldpath));
		form->second = copy_name(form->text[1], BPF_CORE_READ(asked, newpath));
		break;
	}
	default:
		return 0;
	}
	u64 key = (u64)request;
	bpf_map_update_elem(&requests, &key, form, BPF_ANY);
	return 0;
}

static __always_inline u32 put_kept(struct scratch *s, u32 at, u16 kind, const u8 *text, u32 length)
{
	u8 *to = room(s, at);
	if (!to || !length)
		return at;
	barrier_var(length);
	length &= LONGEST - 1;
	if (bpf_probe_read_kernel(to + sizeof(struct section), length, text))
		return at;
	head_section(to, kind, length);
	return at + sizeof(struct section) + length;
}

SEC("tp_btf/io_uring_complete")
int BPF_PROG(on_uring_complete)
{
	struct io_kiocb *request = (void *)ctx[1];
	u64 key = (u64)request;
	u32 node = 0, at = 0;
	struct request *kept = bpf_map_lookup_elem(&requests, &key);
	if (!kept)
		return 0;
	struct task_struct *task = bpf_get_current_task_btf();
	struct watched *of = watched_of(task, &node);
	u32 call = kept->call;
	struct call_plan *plan = bpf_map_lookup_elem(&plans, &call);
	s32 result = BPF_CORE_READ(request, cqe.res);
	struct scratch *s = scratch();
	if (!of || !plan || !plan->handler || !s || ((plan->flags & CALL_SUCCESS) && result < 0) || !admit(of, call, 0))
		goto out;
	begin(s, task, of, node, RECORD_CALL, call);
	s->head.flags |= RECORD_URING;
	s->head.result = result;
	__builtin_memcpy(s->head.arguments, kept->arguments, sizeof(kept->arguments));
	if (call == CALL_CONNECT) {
		at = put_kept(s, at, SECTION_ADDRESS, kept->text[0], kept->first);
		at = put_descriptor(s, at, task, kept->arguments[0], 0);
	} else {
		at = put_kept(s, at, SECTION_TEXT0, kept->text[0], kept->first ? kept->first - 1 : 0);
		at = put_kept(s, at, SECTION_TEXT1, kept->text[1], kept->second ? kept->second - 1 : 0);
		if (result >= 0 && (call == CALL_OPENAT || call == CALL_OPENAT2))
			at = put_descriptor(s, at, task, result, 0);
		else
			at = put_directory(s, at, SECTION_DIRECTORY0, task, kept->arguments[0]);
	}
	submit(s, at, call, plan->flags & CALL_WAKES);
out:
	bpf_map_delete_elem(&requests, &key);
	return 0;
}
