/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths and open files as the kernel has them, so that no symbolic link and no rename of a racing thread lies about them. */
#ifndef SKERRY_PATH_H
#define SKERRY_PATH_H

#include "sensor.h"
#include "layers.h"

#define MOST_NAMES 48
#define LONGEST_NAME 256
#define TYPE_BITS 0170000
#define SOCKET_BITS 0140000
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

/* Where a walk from a file to the root stands. */
struct walk {
	struct dentry *dentry, *root, *mount_top;
	struct vfsmount *mount, *root_mount;
	u32 at;
	u32 end;
};

/* What a step reads of a directory entry: in one piece where the two lie as they have for twenty years. */
struct entry {
	struct dentry *parent;
	u64 hash;
	const unsigned char *name;
};

static __always_inline void read_entry(struct entry *to, struct dentry *dentry)
{
	if (bpf_core_field_offset(dentry->d_name.name) == bpf_core_field_offset(dentry->d_parent) + __builtin_offsetof(struct entry, name)) {
		bpf_probe_read_kernel(to, sizeof(*to), (void *)dentry + bpf_core_field_offset(dentry->d_parent));
		return;
	}
	to->parent = BPF_CORE_READ(dentry, d_parent);
	to->name = BPF_CORE_READ(dentry, d_name.name);
}

/* One step of it: a name is written, or a mount is left; 1 ends the walk. A callback, so that the verifier looks at it once. */
static long step(u32 index, void *context)
{
	struct walk *walk = context;
	struct scratch *s = scratch();
	struct dentry *dentry = walk->dentry;
	struct vfsmount *mount = walk->mount;
	if (!s)
		return 1;
	if (dentry == walk->root && mount == walk->root_mount) {
		walk->end = PATH_ROOT;
		return 1;
	}
	if (dentry == walk->mount_top) {
		struct mount *here = (void *)mount - bpf_core_field_offset(struct mount, mnt);
		struct mount *above = BPF_CORE_READ(here, mnt_parent);
		if (above != here) {
			walk->dentry = BPF_CORE_READ(here, mnt_mountpoint);
			walk->mount = (void *)above + bpf_core_field_offset(struct mount, mnt);
			walk->mount_top = BPF_CORE_READ(above, mnt.mnt_root);
			return 0;
		}
		walk->end = PATH_OUTSIDE;
		if (index)
			return 1;
	}
	u32 to = walk->at;
	if (to >= ROOM + CHUNK - LONGEST_NAME)
		return 1;
	struct entry entry = {};
	read_entry(&entry, dentry);
	long n = bpf_probe_read_kernel_str(s->body + to, LONGEST_NAME, entry.name);
	if (n > 0)
		walk->at = to + n;
	if (dentry == entry.parent) {
		walk->end = PATH_DETACHED;
		return 1;
	}
	walk->dentry = entry.parent;
	return 0;
}

static __noinline u32 put_path(struct scratch *s, u32 at, u32 kind, struct task_struct *task, struct path *of)
{
	struct fs_struct *fs = task->fs;
	struct vfsmount *mount = BPF_CORE_READ(of, mnt);
	struct walk walk = {
		.dentry = BPF_CORE_READ(of, dentry),
		.mount = mount,
		.mount_top = BPF_CORE_READ(mount, mnt_root),
		.root = fs->root.dentry,
		.root_mount = fs->root.mnt,
		.at = at + sizeof(struct section) + 1,
		.end = PATH_CUT,
	};
	u8 *to = room(s, at);
	if (!to || !walk.dentry)
		return at;
	bpf_loop(MOST_NAMES, step, &walk, 0);
	head_section(to, kind, walk.at - at - sizeof(struct section));
	to[sizeof(struct section)] = walk.end;
	return walk.at;
}

/* The open file of a descriptor number; 0 for none. */
static __always_inline struct file *file_of(struct task_struct *task, u32 number)
{
	struct fdtable *table = task->files->fdt;
	struct file *file = 0;
	if (number >= table->max_fds)
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), (void *)table->fd + number * sizeof(file));
	return file;
}

static __always_inline void describe_socket(struct descriptor *to, struct sock *sk)
{
	to->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	to->type = BPF_CORE_READ(sk, sk_type);
	to->protocol = BPF_CORE_READ(sk, sk_protocol);
	to->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (to->family == AF_INET) {
		u32 local = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr), remote = BPF_CORE_READ(sk, __sk_common.skc_daddr);
		__builtin_memcpy(to->local, &local, sizeof(local));
		__builtin_memcpy(to->remote, &remote, sizeof(remote));
	} else if (to->family == AF_INET6) {
		bpf_probe_read_kernel(to->local, sizeof(to->local), (void *)sk + bpf_core_field_offset(struct sock, __sk_common.skc_v6_rcv_saddr));
		bpf_probe_read_kernel(to->remote, sizeof(to->remote), (void *)sk + bpf_core_field_offset(struct sock, __sk_common.skc_v6_daddr));
	}
	if (to->family == AF_INET || to->family == AF_INET6) {
		to->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
		to->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	}
}

/* sun_path of a Unix socket, or of the one at its other end. */
static __always_inline u32 put_unix(struct scratch *s, u32 at, struct sock *sk)
{
	struct unix_sock *own = (void *)sk;
	struct unix_address *address = BPF_CORE_READ(own, addr);
	if (!address && BPF_CORE_READ(own, peer)) {
		own = (void *)BPF_CORE_READ(own, peer);
		address = BPF_CORE_READ(own, addr);
	}
	u8 *to = room(s, at);
	if (!to || !address)
		return at;
	u32 length = BPF_CORE_READ(address, len) - 2;
	if (length > 108)
		return at;
	barrier_var(length);
	length &= 127;
	if (bpf_probe_read_kernel(to + sizeof(struct section), length, (void *)address + bpf_core_field_offset(address->name) + 2))
		return at;
	head_section(to, SECTION_UNIX, length);
	return at + sizeof(struct section) + length;
}

/* A descriptor, with the path of its file or the ends of its socket. */
static __always_inline u32 put_descriptor(struct scratch *s, u32 at, struct task_struct *task, u32 number)
{
	struct file *file = file_of(task, number);
	u8 *to = room(s, at);
	if (!file || !to)
		return at;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct descriptor found = { .number = number };
	found.inode = BPF_CORE_READ(inode, i_ino);
	found.mode = BPF_CORE_READ(inode, i_mode);
	found.device = BPF_CORE_READ(inode, i_sb, s_dev);
	struct sock *sk = 0;
	if ((found.mode & TYPE_BITS) == SOCKET_BITS) {
		struct socket *socket = BPF_CORE_READ(file, private_data);
		sk = BPF_CORE_READ(socket, sk);
		describe_socket(&found, sk);
	} else {
		found.layer = layer_of(inode);
	}
	head_section(to, SECTION_DESCRIPTOR, sizeof(found));
	__builtin_memcpy(to + sizeof(struct section), &found, sizeof(found));
	at += sizeof(struct section) + sizeof(found);
	if (!sk)
		return put_path(s, at, SECTION_FILE, task, (void *)file + bpf_core_field_offset(struct file, f_path));
	return found.family == AF_UNIX ? put_unix(s, at, sk) : at;
}

/* The directory that a relative path begins at, where it is not the working directory. */
static __always_inline u32 put_directory(struct scratch *s, u32 at, u16 kind, struct task_struct *task, s32 number)
{
	if (number < 0)
		return at;
	struct file *file = file_of(task, number);
	return file ? put_path(s, at, kind, task, (void *)file + bpf_core_field_offset(struct file, f_path)) : at;
}

#endif
