// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The life of processes: made, given a program, ended. Told without a limit: what skerryd knows of processes hangs on it. */
#include "include/endings.h"
#include "include/path.h"

#define MOST_ENVIRONMENT 2048
#define PROCESS_GROUP 2 /* PIDTYPE_PGID, linux/pid_types.h */
#define SESSION 3       /* PIDTYPE_SID */
#define SECOND 1000000000ull
#define SIGKILL 9

static __always_inline u64 nanoseconds(s64 seconds, u64 part) { return seconds * SECOND + part; }

static __always_inline void read_times(struct process_state *to, struct inode *inode)
{
	struct inode___seconds *seconds = (void *)inode;
	struct inode___hidden *hidden = (void *)inode;
	struct inode___plain *plain = (void *)inode;
	if (bpf_core_field_exists(seconds->i_ctime_sec)) {
		to->program_changed = nanoseconds(seconds->i_ctime_sec, seconds->i_ctime_nsec);
		to->program_modified = nanoseconds(seconds->i_mtime_sec, seconds->i_mtime_nsec);
		return;
	}
	if (bpf_core_field_exists(hidden->__i_ctime))
		to->program_changed = nanoseconds(hidden->__i_ctime.tv_sec, hidden->__i_ctime.tv_nsec);
	else if (bpf_core_field_exists(plain->i_ctime))
		to->program_changed = nanoseconds(plain->i_ctime.tv_sec, plain->i_ctime.tv_nsec);
	if (bpf_core_field_exists(hidden->__i_mtime))
		to->program_modified = nanoseconds(hidden->__i_mtime.tv_sec, hidden->__i_mtime.tv_nsec);
	else if (bpf_core_field_exists(plain->i_mtime))
		to->program_modified = nanoseconds(plain->i_mtime.tv_sec, plain->i_mtime.tv_nsec);
}

static __always_inline void read_capabilities(struct process_state *to, const struct cred *cred)
{
	/* Two words of 32 bits until Linux 6.3. */
	to->inheritable = word_at((void *)cred + bpf_core_field_offset(struct cred, cap_inheritable));
	to->permitted = word_at((void *)cred + bpf_core_field_offset(struct cred, cap_permitted));
	to->effective = word_at((void *)cred + bpf_core_field_offset(struct cred, cap_effective));
}

static __always_inline void read_numbers(struct process_state *to, struct task_struct *task, u32 node)
{
	struct signal_struct *signal = task->signal;
	struct pid *group = signal->pids[PROCESS_GROUP], *session = signal->pids[SESSION];
	struct pid *own = task->thread_pid;
	struct pid_namespace *ns = namespace_at(own, own->level);
	struct tty_struct *tty = signal->tty;
	/* A group or session from outside of the namespace has no number in it. */
	to->session = session->level >= own->level ? virtual_number(session) : 0;
	to->virtual_process_group = group->level >= own->level ? virtual_number(group) : 0;
	to->process_group = number_at(group, node);
	to->namespace_start = READ(ns, child_reaper, start_boottime);
	to->terminal = tty ? tty->driver->major << 20 | (tty->driver->minor_start + tty->index) : 0;
}

static __always_inline void read_stream(struct process_state *to, struct task_struct *task, u32 number)
{
	struct file *file = file_of(task, number);
	if (!file)
		return;
	u16 type = READ(file, f_inode, i_mode) & TYPE_BITS;
	to->streams[number] = type;
	if (type == SOCKET_BITS) {
		struct socket *socket = POINTER(file->private_data);
		to->stream_families[number] = READ(socket, sk, __sk_common.skc_family);
	}
}

static __always_inline u32 put_process(struct scratch *s, u32 at, struct task_struct *task, u32 node, struct file *program)
{
	u8 *to = room(s, at);
	struct inode *inode = program->f_inode;
	if (!to)
		return at;
	struct process_state *state = (void *)(to + sizeof(struct section));
	head_section(to, SECTION_PROCESS, sizeof(*state));
	__builtin_memset(state, 0, sizeof(*state));
	read_capabilities(state, task->cred);
	read_numbers(state, task, node);
	state->program_inode = inode->i_ino;
	state->program_mode = inode->i_mode;
	state->program_owner = inode->i_uid.val;
	state->program_group = inode->i_gid.val;
	state->program_layer = layer_of(inode);
	state->program_unlinked = inode->i_nlink == 0;
	read_times(state, inode);
	read_stream(state, task, 0);
	read_stream(state, task, 1);
	read_stream(state, task, 2);
	bpf_probe_read_kernel(state->name, sizeof(state->name), &task->comm);
	return at + sizeof(struct section) + sizeof(*state);
}

/* The signal is there before the program's first instruction: nothing of it runs. */
static __always_inline void kill_at_start(struct scratch *s, struct watched *of, struct file *program)
{
	if (is_unwanted(of->flags, program->f_inode) && !bpf_send_signal(SIGKILL))
		s->head.flags |= RECORD_KILLED;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *started)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 node = 0;
	struct watched *of = watched_of(task, &node);
	if (!of || !admit(of, COUNT_EXEC, 1))
		return 0;
	struct scratch *s = scratch();
	if (!s)
		return 0;
	struct mm_struct *mm = task->mm;
	struct file *program = mm->exe_file;
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	begin(s, task, of, node, RECORD_EXEC, BPF_CORE_READ(regs, orig_ax));
	kill_at_start(s, of, program);
	u64 from = mm->arg_start, length = mm->arg_end - from;
	u32 at = put_process(s, 0, task, node, program);
	at = put_user(s, at, SECTION_ARGUMENTS, (void *)from, length);
	from = mm->env_start;
	length = mm->env_end - from;
	at = put_user(s, at, SECTION_ENVIRONMENT, (void *)from, length > MOST_ENVIRONMENT ? MOST_ENVIRONMENT : length);
	at = put_path(s, at, SECTION_PROGRAM, task, (void *)program + bpf_core_field_offset(struct file, f_path));
	struct fs_struct *fs = task->fs;
	at = put_path(s, at, SECTION_CWD, task, (void *)fs + bpf_core_field_offset(struct fs_struct, pwd));
	/* What was killed needs nobody at once: a reader that is woken runs before the process can end. */
	submit(s, at, COUNT_EXEC, of->flags & WATCHED_EXEC_WAKES);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 node = 0;
	struct watched *of = watched_of(child, &node);
	if (!of || child->pid != child->tgid || !admit(of, COUNT_FORK, 1))
		return 0;
	struct scratch *s = scratch();
	if (!s)
		return 0;
	begin(s, child, of, node, RECORD_FORK, 0);
	/* With CLONE_PARENT its parent is not who made it. */
	struct pid *maker = parent->group_leader->thread_pid;
	int is_inside = maker->level > node && namespace_at(maker, node + 1) == namespace_at(child->thread_pid, node + 1);
	s->head.result = is_inside ? number_at(maker, node) : s->head.parent;
	submit(s, 0, COUNT_FORK, 0);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *ended)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 node = 0;
	struct watched *of = watched_of(task, &node);
	if (!of || task->signal->live.counter > 0 || !admit(of, COUNT_EXIT, 1))
		return 0;
	struct scratch *s = scratch();
	if (!s)
		return 0;
	begin(s, task, of, node, RECORD_EXIT, 0);
	s->head.result = task->exit_code;
	submit(s, 0, COUNT_EXIT, 0);
	note_ending(task->tgid, task->group_leader->thread_pid, node, of->container);
	return 0;
}

SEC("tp_btf/sched_process_free")
int BPF_PROG(on_free, struct task_struct *freed)
{
	struct ending gone;
	if (!take_ending(freed->pid, &gone))
		return 0;
	struct watched *of = bpf_map_lookup_elem(&containers, &gone.ns);
	if (of && of->container == gone.container)
		bpf_map_delete_elem(&containers, &gone.ns);
	return 0;
}

/* A start that failed: only the file that was asked for is known. */
SEC("tp_btf/sys_exit")
int BPF_PROG(start_call)
{
	struct scratch *s = scratch();
	if (!s || s->head.result >= 0)
		return 0;
	u32 at = 0;
	s8 index = s->plan.text[0];
	if (index >= 0 && index < ARGUMENTS)
		at = put_text(s, at, SECTION_TEXT0, (void *)s->head.arguments[index]);
	submit(s, at, s->head.call, s->plan.flags & CALL_WAKES);
	return 0;
}
