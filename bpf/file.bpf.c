// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Calls about files, and all others that need no more than their arguments, two paths and a descriptor. */
#include "include/path.h"

/* linux/openat2.h */
struct open_how_given {
	u64 flags, mode, resolve;
};

static __always_inline u64 argument(struct record *head, s8 index)
{
	return head->arguments[index < 0 || index >= ARGUMENTS ? 0 : index];
}

static __always_inline u32 put_texts(struct scratch *s, u32 at)
{
	if (s->plan.text[0] >= 0)
		at = put_text(s, at, SECTION_TEXT0, (void *)argument(&s->head, s->plan.text[0]));
	if (s->plan.text[1] >= 0)
		at = put_text(s, at, SECTION_TEXT1, (void *)argument(&s->head, s->plan.text[1]));
	if (s->plan.text[2] >= 0)
		at = put_text(s, at, SECTION_TEXT2, (void *)argument(&s->head, s->plan.text[2]));
	return at;
}

static __always_inline s64 descriptor_number(struct scratch *s)
{
	if (s->plan.descriptor < 0)
		return -1;
	return s->plan.descriptor == FROM_RESULT ? s->head.result : (s32)argument(&s->head, s->plan.descriptor);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(plain_call)
{
	struct scratch *s = scratch();
	if (!s)
		return 0;
	struct task_struct *task = running(s);
	u32 at = put_texts(s, 0);
	if (s->plan.directory[0] >= 0)
		at = put_directory(s, at, SECTION_DIRECTORY0, task, argument(&s->head, s->plan.directory[0]));
	if (s->plan.directory[1] >= 0)
		at = put_directory(s, at, SECTION_DIRECTORY1, task, argument(&s->head, s->plan.directory[1]));
	if (s->plan.flags & CALL_HOW) {
		/* struct clone_args (linux/sched.h) begins with its flags. */
		u64 flags = 0;
		bpf_probe_read_user(&flags, sizeof(flags), (void *)s->head.arguments[0]);
		s->head.arguments[0] = flags;
	}
	s64 number = descriptor_number(s);
	if (number >= 0)
		at = put_descriptor(s, at, task, number, 0);
	submit(s, at, s->head.call, s->plan.flags & CALL_WAKES);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(open_call)
{
	struct scratch *s = scratch();
	if (!s)
		return 0;
	struct task_struct *task = running(s);
	u32 at = put_texts(s, 0);
	if (s->plan.flags & CALL_HOW) {
		struct open_how_given how = {};
		bpf_probe_read_user(&how, sizeof(how), (void *)s->head.arguments[2]);
		/* Another thread can have rewritten it: how a file was opened, the file has. */
		struct file *opened = s->head.result >= 0 ? file_of(task, s->head.result) : 0;
		s->head.arguments[2] = opened ? (how.flags & ~3ull) | (READ(opened, f_flags) & 3) : how.flags;
		s->head.arguments[3] = how.mode;
		s->head.arguments[4] = how.resolve;
	}
	if (s->head.result >= 0)
		at = put_descriptor(s, at, task, s->head.result, 0);
	else if (s->plan.directory[0] >= 0)
		at = put_directory(s, at, SECTION_DIRECTORY0, task, argument(&s->head, s->plan.directory[0]));
	submit(s, at, s->head.call, s->plan.flags & CALL_WAKES);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(directory_call)
{
	struct scratch *s = scratch();
	if (!s)
		return 0;
	struct task_struct *task = running(s);
	u32 at = put_texts(s, 0);
	struct fs_struct *fs = task->fs;
	at = put_path(s, at, SECTION_CWD, task, (void *)fs + bpf_core_field_offset(struct fs_struct, pwd));
	submit(s, at, s->head.call, s->plan.flags & CALL_WAKES);
	return 0;
}
