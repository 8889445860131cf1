/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's structures, as far as they are read: libbpf puts in the offsets of the running kernel (CO-RE), so order and
 * size here mean nothing. A name with ___ is a flavour: what other kernels call the same thing.
 */
#ifndef SKERRY_KERNEL_H
#define SKERRY_KERNEL_H

#include <linux/types.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "contract.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common { unsigned int inum; };
struct pid_namespace { unsigned int level; struct ns_common ns; struct task_struct *child_reaper; };
struct upid { int nr; struct pid_namespace *ns; };
struct pid { unsigned int level; struct upid numbers[]; };
struct kuid { unsigned int val; };
struct kgid { unsigned int val; };
struct kernel_capabilities { u64 val; };
struct cred {
	struct kuid euid;
	struct kgid egid;
	struct kernel_capabilities cap_inheritable, cap_permitted, cap_effective;
};
struct tty_driver { int major; int minor_start; };
struct tty_struct { struct tty_driver *driver; int index; };
struct atomic { int counter; };
struct signal_struct { struct pid *pids[4]; struct tty_struct *tty; struct atomic live; };
struct qstr { unsigned int len; const unsigned char *name; };
struct seqcount { unsigned int sequence; };
struct seqcount_lock { struct seqcount seqcount; };
struct dentry { struct seqcount_lock d_seq; struct dentry *d_parent; struct qstr d_name; struct inode *d_inode; };
struct vfsmount { struct dentry *mnt_root; };
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; };
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct super_block { unsigned long s_magic; unsigned int s_dev; };
struct timespec64 { s64 tv_sec; long tv_nsec; };
struct inode {
	unsigned short i_mode;
	struct kuid i_uid;
	struct kgid i_gid;
	unsigned long i_ino;
	unsigned int i_nlink;
	struct super_block *i_sb;
};
struct inode___seconds { s64 i_ctime_sec; u32 i_ctime_nsec; s64 i_mtime_sec; u32 i_mtime_nsec; };
struct inode___hidden { struct timespec64 __i_ctime; struct timespec64 __i_mtime; };
struct inode___plain { struct timespec64 i_ctime; struct timespec64 i_mtime; };
struct file { unsigned int f_flags; struct inode *f_inode; struct path f_path; void *private_data; };
struct fdtable { unsigned int max_fds; struct file **fd; };
struct files_struct { struct fdtable *fdt; };
struct fs_struct { struct path root, pwd; };
struct mm_struct {
	struct file *exe_file;
	unsigned long arg_start, arg_end, env_start, env_end;
};
struct thread_info { u32 status; };
struct task_struct {
	struct thread_info thread_info;
	int pid, tgid;
	u64 start_boottime;
	int exit_code;
	struct kuid loginuid;
	struct task_struct *real_parent, *group_leader;
	struct pid *thread_pid;
	const struct cred *cred;
	struct signal_struct *signal;
	struct files_struct *files;
	struct fs_struct *fs;
	struct mm_struct *mm;
	char comm[16];
};
struct linux_binprm { const char *filename; struct file *file; };
struct pt_regs { unsigned long bp, bx, r10, r9, r8, ax, cx, dx, si, di, orig_ax; };

struct in6_address { int first; };
struct sock_common {
	unsigned short skc_family;
	unsigned char skc_state;
	u16 skc_num;
	u16 skc_dport;
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	struct in6_address skc_v6_daddr;
	struct in6_address skc_v6_rcv_saddr;
};
struct sock { struct sock_common __sk_common; u16 sk_type; u16 sk_protocol; };
struct socket { short type; struct sock *sk; };
struct sockaddr_un_head { unsigned short sun_family; };
struct reference_count { struct atomic refs; };
struct unix_address { struct reference_count refcnt; int len; struct sockaddr_un_head name[]; };
struct unix_sock { struct unix_address *addr; struct sock *peer; };

/* io_uring, Linux 6.0 and later: what a request asks for lies in its cmd, as the structure of its operation. */
struct filename { const char *name; };
struct io_cmd_data { struct file *file; };
struct io_cqe { s32 res; int fd; };
struct io_kiocb { struct io_cmd_data cmd; u8 opcode; struct io_cqe cqe; };
struct open_how { u64 flags, mode, resolve; };
struct io_open { int dfd; struct filename *filename; struct open_how how; };
struct io_unlink { int dfd; int flags; struct filename *filename; };
struct io_rename { int old_dfd, new_dfd; struct filename *oldpath, *newpath; };
struct io_connect { void *addr; int addr_len; };

#pragma clang attribute pop

struct linux_dirent;
struct user_namespace;

#endif
