/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a program comes from: of the image, written since, or without a name. */
#ifndef SKERRY_LAYERS_H
#define SKERRY_LAYERS_H

#include "loads.h"

#define OVERLAYFS_MAGIC 0x794c7630 /* linux/magic.h */

/* The writable layer keeps the inode in a dentry that follows the overlay's own inode (struct ovl_inode). */
static __always_inline u8 layer_of(struct inode *inode)
{
	if (READ(inode, i_sb, s_magic) != OVERLAYFS_MAGIC)
		return LAYER_NONE;
	struct dentry *upper = (void *)word_at((void *)inode + bpf_core_type_size(struct inode));
	return upper && READ(upper, d_inode) ? LAYER_UPPER : LAYER_LOWER;
}

/* Whether a program may not be started, by the flags of its container. */
static __always_inline int is_unwanted(u32 flags, struct inode *inode)
{
	return ((flags & WATCHED_KILLS_DRIFT) && layer_of(inode) == LAYER_UPPER)
		|| ((flags & WATCHED_KILLS_NAMELESS) && READ(inode, i_nlink) == 0);
}

#endif
