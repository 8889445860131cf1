// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The warden: answers that need no decision of skerryd, and that are pinned so that they outlive it. An object of its own, which
 * reads as little of the kernel as it can: what does not change need not be replaced when skerryd is.
 */
#include "include/endings.h"
#include "include/warden.h"

#define SIGKILL 9
#define AF_INET 2
#define AF_INET6 10
#define SOCK_RAW 3
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_UDPLITE 136

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct network);
	__type(value, u32);
} networks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct open_port);
	__type(value, u32);
} ports SEC(".maps");

SEC("tp_btf/sched_process_exec")
int BPF_PROG(warden_exec, struct task_struct *started, int before, struct linux_binprm *asked)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 node = 0;
	struct bound *of = bound_of(task, &node);
	if (!of || !is_unwanted(of->flags, BPF_CORE_READ(task, mm, exe_file, f_inode)) || bpf_send_signal(SIGKILL))
		return 0;
	struct tally *tally = done();
	if (tally)
		__sync_fetch_and_add(&tally->killed, 1);
	struct answer *to = begin(task, of, node, ANSWER_KILLED);
	if (!to)
		return 0;
	bpf_probe_read_kernel_str(to->program, sizeof(to->program), BPF_CORE_READ((struct linux_binprm *)ctx[2], filename));
	bpf_ringbuf_submit(to, 0);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(warden_exit)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 node = 0;
	struct bound *of = bound_of(task, &node);
	if (!of || BPF_CORE_READ(task, signal, live.counter) > 0)
		return 0;
	note_ending(BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, group_leader, thread_pid), node, of->container);
	return 0;
}

/* Whether skerryd lives or not. */
SEC("tp_btf/sched_process_free")
int BPF_PROG(warden_free)
{
	struct ending gone;
	if (!take_ending(BPF_CORE_READ((struct task_struct *)ctx[0], pid), &gone))
		return 0;
	struct bound *of = bpf_map_lookup_elem(&bounds, &gone.ns);
	if (of && of->container == gone.container)
		bpf_map_delete_elem(&bounds, &gone.ns);
	return 0;
}

/* Tells of a denial, unless there are too many. */
static __always_inline int deny(struct task_struct *task, struct bound *of, u32 node, struct network *to, u32 port, u32 type, u32 protocol)
{
	struct answer *told = begin_denial(task, of, node, ANSWER_DENIED, BOUND_DENIES_NETWORKS);
	if (!told)
		return 0;
	told->family = to->family;
	told->port = port;
	told->type = type;
	told->protocol = protocol;
	__builtin_memcpy(told->address, to->address, sizeof(told->address));
	bpf_ringbuf_submit(told, 0);
	return 0;
}

/* 1: it may; 0: it may not, and the call fails with EPERM. */
static __always_inline int judge(struct bpf_sock_addr *ctx, struct network *to)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 node = 0, port = __builtin_bswap16((u16)ctx->user_port);
	struct bound *of = bound_of(task, &node);
	if (!of || !(of->flags & BOUND_DENIES_NETWORKS))
		return 1;
	struct open_port open = { of->networks, port };
	to->set = of->networks;
	to->prefix = 64 + (to->family == AF_INET ? 32 : 128);
	if (bpf_map_lookup_elem(&networks, to) || bpf_map_lookup_elem(&ports, &open))
		return 1;
	return deny(task, of, node, to, port, ctx->type, ctx->protocol);
}

static __always_inline int judge_four(struct bpf_sock_addr *ctx, u32 address)
{
	struct network to = { .family = AF_INET };
	/* To no address is to this machine. */
	if (!address)
		address = __builtin_bswap32(0x7f000001);
	__builtin_memcpy(to.address, &address, sizeof(address));
	return judge(ctx, &to);
}

static __always_inline int judge_six(struct bpf_sock_addr *ctx)
{
	struct network to = { .family = AF_INET6 };
	u32 parts[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] };
	if (!parts[0] && !parts[1] && parts[2] == __builtin_bswap32(0xffff))
		return judge_four(ctx, parts[3]);
	if (!parts[0] && !parts[1] && !parts[2] && !parts[3])
		parts[3] = __builtin_bswap32(1);
	__builtin_memcpy(to.address, parts, sizeof(parts));
	return judge(ctx, &to);
}

SEC("cgroup/connect4")
int warden_connect4(struct bpf_sock_addr *ctx) { return judge_four(ctx, ctx->user_ip4); }

SEC("cgroup/connect6")
int warden_connect6(struct bpf_sock_addr *ctx) { return judge_six(ctx); }

SEC("cgroup/sendmsg4")
int warden_sendmsg4(struct bpf_sock_addr *ctx) { return judge_four(ctx, ctx->user_ip4); }

SEC("cgroup/sendmsg6")
int warden_sendmsg6(struct bpf_sock_addr *ctx) { return judge_six(ctx); }

/* Sockets that those do not see: raw ones, and protocols that connect in ways of their own. */
SEC("cgroup/sock_create")
int warden_socket(struct bpf_sock *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 node = 0, type = ctx->type, protocol = ctx->protocol;
	struct bound *of = bound_of(task, &node);
	if (!of || !(of->flags & BOUND_DENIES_NETWORKS))
		return 1;
	if (type != SOCK_RAW && (!protocol || protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE))
		return 1;
	struct network to = { .family = ctx->family };
	return deny(task, of, node, &to, 0, type, protocol);
}

/* Attached to the groups of pods that are cut off. */
SEC("cgroup_skb/egress")
int warden_cut_out(struct __sk_buff *skb) { return 0; }

SEC("cgroup_skb/ingress")
int warden_cut_in(struct __sk_buff *skb) { return 0; }

char _license[] SEC("license") = "Dual BSD/GPL";
