/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths and open files as the kernel has them, so that no symbolic link and no rename of a racing thread lies about them. */
#ifndef SKERRY_PATH_H
#define SKERRY_PATH_H

#include "sensor.h"
#include "layers.h"

#define MOST_NAMES 48
#define LONGEST_NAME 256
#define SHORT_NAME 40 /* DNAME_INLINE_LEN, include/linux/dcache.h */
#define STEPS 4
#define TYPE_BITS 0170000
#define SOCKET_BITS 0140000
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

/* What a step reads of a directory entry, in one piece where it lies as it has for twenty years. */
struct entry {
	struct dentry *parent;
	u64 hash;
	const unsigned char *name;
};

static __always_inline void read_entry(struct entry *to, struct dentry *dentry)
{
	if (!LOADS && bpf_core_field_offset(dentry->d_name.name) == bpf_core_field_offset(dentry->d_parent) + __builtin_offsetof(struct entry, name)) {
		bpf_probe_read_kernel(to, sizeof(*to), (void *)dentry + bpf_core_field_offset(dentry->d_parent));
		return;
	}
	to->parent = POINTER(dentry->d_parent);
	to->name = POINTER(dentry->d_name.name);
}

/*
 * Writes the name of an entry with a NUL behind it, and says where it hangs; gives the length with the NUL. A short name, which the entry itself holds, is copied by loads;
 * it counts where no rename (__d_move, fs/dcache.c) began or ended meanwhile.
 */
static __always_inline long copy_entry(u8 *to, struct dentry *dentry, struct dentry **parent)
{
	struct entry entry = {};
	if (LOADS) {
		u32 length = READ(dentry, d_name.len), sequence = READ(dentry, d_seq.seqcount.sequence);
		read_entry(&entry, dentry);
		if (length < SHORT_NAME && !(sequence & 1)) {
			for (int i = 0; i < SHORT_NAME; i += 8)
				*(u64 *)(to + i) = word_at(entry.name + i);
			to[length] = 0;
			if (sequence == READ(dentry, d_seq.seqcount.sequence) && length == READ(dentry, d_name.len)) {
				*parent = entry.parent;
				return length + 1;
			}
		}
	}
	read_entry(&entry, dentry);
	*parent = entry.parent;
	return bpf_probe_read_kernel_str(to, LONGEST_NAME, entry.name);
}

/* One step of a walk: a name is written, or a mount is left; 1 ends it. */
static __always_inline long take_step(struct scratch *s, u32 index)
{
	struct walk *walk = &s->walk;
	struct dentry *dentry = walk->dentry, *parent = 0;
	struct vfsmount *mount = walk->mount;
	if (dentry == walk->root && mount == walk->root_mount) {
		walk->end = PATH_ROOT;
		return 1;
	}
	if (dentry == walk->mount_top) {
		struct mount *here = (void *)mount - bpf_core_field_offset(struct mount, mnt);
		struct mount *above = POINTER(here->mnt_parent);
		if (above != here) {
			walk->dentry = POINTER(here->mnt_mountpoint);
			walk->mount = (void *)above + bpf_core_field_offset(struct mount, mnt);
			walk->mount_top = POINTER(above->mnt.mnt_root);
			return 0;
		}
		walk->end = PATH_OUTSIDE;
		if (index)
			return 1;
	}
	u32 to = walk->at;
	if (to >= ROOM + CHUNK - LONGEST_NAME)
		return 1;
	long n = copy_entry(s->body + to, dentry, &parent);
	if (n > 0)
		walk->at = to + n;
	if (dentry == parent) {
		walk->end = PATH_DETACHED;
		return 1;
	}
	walk->dentry = parent;
	return 0;
}

static long take_steps(u32 index, void *context)
{
	struct scratch *s = scratch();
	if (!s)
		return 1;
	for (u32 i = 0; i < STEPS; i++)
		if (take_step(s, index + i))
			return 1;
	return 0;
}

/* Takes the walk that stands in the scratch. Neither static nor given a pointer: so the verifier looks at it once, and not at each place that calls it. */
__noinline u32 write_path(u32 at, u32 kind)
{
	struct scratch *s = scratch();
	u8 *to = s ? room(s, at) : 0;
	if (!to || !s->walk.dentry)
		return at;
	s->walk.at = at + sizeof(struct section) + 1;
	s->walk.end = PATH_CUT;
	bpf_loop(MOST_NAMES / STEPS, take_steps, 0, 0);
	u32 end = s->walk.at;
	head_section(to, kind, end - at - sizeof(struct section));
	to[sizeof(struct section)] = s->walk.end;
	return end;
}

static __always_inline u32 put_path(struct scratch *s, u32 at, u32 kind, struct task_struct *task, struct path *of)
{
	struct fs_struct *fs = task->fs;
	struct walk *walk = &s->walk;
	struct vfsmount *mount = POINTER(of->mnt);
	walk->dentry = POINTER(of->dentry);
	walk->mount = mount;
	walk->mount_top = POINTER(mount->mnt_root);
	walk->root = fs->root.dentry;
	walk->root_mount = fs->root.mnt;
	return write_path(at, kind);
}

/* The open file of a descriptor number; 0 for none. */
static __always_inline struct file *file_of(struct task_struct *task, u32 number)
{
	struct fdtable *table = task->files->fdt;
	if (number >= table->max_fds)
		return 0;
	return (void *)word_at((void *)table->fd + number * sizeof(struct file *));
}

static __always_inline void describe_socket(struct descriptor *to, struct sock *sk)
{
	u16 family = READ(sk, __sk_common.skc_family);
	to->family = family;
	to->type = READ(sk, sk_type);
	to->protocol = READ(sk, sk_protocol);
	to->state = READ(sk, __sk_common.skc_state);
	if (family == AF_INET) {
		*(u32 *)to->local = READ(sk, __sk_common.skc_rcv_saddr);
		*(u32 *)to->remote = READ(sk, __sk_common.skc_daddr);
	} else if (family == AF_INET6) {
		void *local = (void *)sk + bpf_core_field_offset(struct sock, __sk_common.skc_v6_rcv_saddr);
		void *remote = (void *)sk + bpf_core_field_offset(struct sock, __sk_common.skc_v6_daddr);
		((u64 *)to->local)[0] = word_at(local);
		((u64 *)to->local)[1] = word_at(local + 8);
		((u64 *)to->remote)[0] = word_at(remote);
		((u64 *)to->remote)[1] = word_at(remote + 8);
	} else {
		return;
	}
	to->local_port = READ(sk, __sk_common.skc_num);
	to->remote_port = __builtin_bswap16(READ(sk, __sk_common.skc_dport));
}

/*
 * sun_path that a Unix socket goes by: the server's on both sides, as rules know it, whatever a client bound itself to before it connected. A socket that was accepted shares
 * the address of the one that listened (unix_stream_connect, net/unix/af_unix.c); an address that nothing shares is a socket's own, and then the other end's counts.
 */
static __always_inline u32 put_unix(struct scratch *s, u32 at, struct sock *sk, int is_accepted)
{
	struct unix_sock *own = (void *)sk, *peer = (void *)POINTER(own->peer);
	struct unix_address *address = POINTER(own->addr), *other = 0;
	if (peer)
		other = POINTER(peer->addr);
	if (other && (!address || (!is_accepted && READ(address, refcnt.refs.counter) == 1)))
		address = other;
	u8 *to = room(s, at);
	if (!to || !address)
		return at;
	u32 length = READ(address, len) - 2;
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
static __always_inline u32 put_descriptor(struct scratch *s, u32 at, struct task_struct *task, u32 number, int is_accepted)
{
	struct file *file = file_of(task, number);
	u8 *to = room(s, at);
	if (!file || !to)
		return at;
	struct inode *inode = POINTER(file->f_inode);
	struct descriptor *found = (void *)(to + sizeof(struct section));
	head_section(to, SECTION_DESCRIPTOR, sizeof(*found));
	__builtin_memset(found, 0, sizeof(*found));
	u16 mode = READ(inode, i_mode);
	found->inode = READ(inode, i_ino);
	found->number = number;
	found->device = READ(inode, i_sb, s_dev);
	found->mode = mode;
	at += sizeof(struct section) + sizeof(*found);
	if ((mode & TYPE_BITS) == SOCKET_BITS) {
		struct socket *socket = POINTER(file->private_data);
		struct sock *sk = POINTER(socket->sk);
		describe_socket(found, sk);
		return found->family == AF_UNIX ? put_unix(s, at, sk, is_accepted) : at;
	}
	found->layer = layer_of(inode);
	return put_path(s, at, SECTION_FILE, task, (void *)file + bpf_core_field_offset(struct file, f_path));
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
