// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Refuses inside of the kernel's security hooks, before anything is done: the highest rung. Works on the warden's maps and is
 * pinned beside it. What the caller gets is EPERM.
 */
#include "include/warden.h"
#include "include/calls.h"

#define EPERM 1
#define AF_PACKET 17
#define AF_XDP 44

static __always_inline int refuse(struct task_struct *task, struct bound *of, u32 node, u32 cause)
{
	struct answer *told = begin_denial(task, of, node, ANSWER_FORBIDDEN, cause);
	if (told) {
		told->call = running_call();
		bpf_ringbuf_submit(told, 0);
	}
	return -EPERM;
}

static __always_inline int refuse_start(struct task_struct *task, struct bound *of, u32 node, u32 cause, struct linux_binprm *asked)
{
	struct answer *told = begin_denial(task, of, node, ANSWER_REFUSED, cause);
	if (told) {
		bpf_probe_read_kernel_str(told->program, sizeof(told->program), BPF_CORE_READ(asked, filename));
		bpf_ringbuf_submit(told, 0);
	}
	return -EPERM;
}

/* Asked once for each start, of the file that becomes the program: for a script that is its interpreter. */
SEC("lsm/bprm_creds_from_file")
int BPF_PROG(lsm_start, struct linux_binprm *asked)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 node = 0;
	struct bound *of = bound_of(task, &node);
	struct inode *inode = BPF_CORE_READ(asked, file, f_inode);
	if (!of || !is_unwanted(of->flags, inode))
		return 0;
	return refuse_start(task, of, node, is_unwanted(of->flags & WATCHED_KILLS_DRIFT, inode) ? WATCHED_KILLS_DRIFT : WATCHED_KILLS_NAMELESS, asked);
}

/* Asked for each file on the way to it, scripts too. */
SEC("lsm/bprm_check_security")
int BPF_PROG(lsm_script, struct linux_binprm *asked)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 node = 0;
	struct bound *of = bound_of(task, &node);
	if (!of || !(of->flags & BOUND_DENIES_SCRIPTS) || layer_of(BPF_CORE_READ(asked, file, f_inode)) != LAYER_UPPER)
		return 0;
	return refuse_start(task, of, node, BOUND_DENIES_SCRIPTS, asked);
}

/* Calls that cannot be made without a capability are refused where the kernel asks for it. */
SEC("lsm/capable")
int BPF_PROG(lsm_capable, const struct cred *cred, struct user_namespace *ns, int capability)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 node = 0;
	if (capability != CAP_SYS_ADMIN && capability != CAP_SYS_MODULE && capability != CAP_SYS_BOOT)
		return 0;
	struct bound *of = bound_of(task, &node);
	if (!of)
		return 0;
	u32 act = of->flags & privileged_act(capability, running_call());
	return act ? refuse(task, of, node, act) : 0;
}

/* A process that is made in one is made by clone. */
SEC("lsm/userns_create")
int BPF_PROG(lsm_userns)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 node = 0;
	struct bound *of = bound_of(task, &node);
	if (!of)
		return 0;
	u32 act = of->flags & (running_call() == CALL_UNSHARE ? BOUND_DENIES_UNSHARING : BOUND_DENIES_CLONING);
	return act ? refuse(task, of, node, act) : 0;
}

SEC("lsm/bpf")
int BPF_PROG(lsm_bpf, int command)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 node = 0;
	struct bound *of = bound_of(task, &node);
	if (!of)
		return 0;
	if (of->flags & BOUND_DENIES_BPF)
		return refuse(task, of, node, BOUND_DENIES_BPF);
	return command == BPF_PROG_LOAD && (of->flags & BOUND_DENIES_PROGRAMS) ? refuse(task, of, node, BOUND_DENIES_PROGRAMS) : 0;
}

SEC("lsm/perf_event_open")
int BPF_PROG(lsm_perf)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 node = 0;
	struct bound *of = bound_of(task, &node);
	return of && (of->flags & BOUND_DENIES_BPF) ? refuse(task, of, node, BOUND_DENIES_BPF) : 0;
}

/* What goes beneath TCP and UDP passes no control group's program. */
SEC("lsm/socket_create")
int BPF_PROG(lsm_socket, int family, int type, int protocol, int is_kernels)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 node = 0;
	if (is_kernels || (family != AF_PACKET && family != AF_XDP))
		return 0;
	struct bound *of = bound_of(task, &node);
	if (!of)
		return 0;
	if (family == AF_PACKET && (of->flags & BOUND_DENIES_PACKETS))
		return refuse(task, of, node, BOUND_DENIES_PACKETS);
	return of->flags & BOUND_DENIES_NETWORKS ? refuse(task, of, node, BOUND_DENIES_NETWORKS) : 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
