/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading the kernel's structures through pointers that the verifier does not know as such. (What hangs on a task that it knows is read as it is written in C.)
 *
 * From Linux 6.2 on such a pointer can be called what it is, and what it points to is read by plain loads, which the kernel catches when they fault. Before, every read
 * is a call, which takes ten times as long. Which of the two it is stands when a program is loaded, and the kernel leaves the other one out.
 */
#ifndef SKERRY_LOADS_H
#define SKERRY_LOADS_H

#include "kernel.h"

/* Whether loads are used; what includes this may say so before. */
#ifndef LOADS
#define LOADS 0
#endif

/* linux/bpf.h has no prototype of it; the kernel finds it by its name. */
extern void *bpf_rdonly_cast(const void *pointer, u32 type) __ksym __weak;

/* The verifier's list of what it treats by itself (kernel/bpf/verifier.c): an entry of it says that there is such a function. */
enum special_kfunc_type { KF_bpf_rdonly_cast = 1 };
#define KERNEL_LOADS bpf_core_enum_value_exists(enum special_kfunc_type, KF_bpf_rdonly_cast)

#define KNOWN(pointer) ((typeof(pointer))bpf_rdonly_cast(pointer, bpf_core_type_id_kernel(typeof(*(pointer)))))

/* As BPF_CORE_READ: what pointer->field, or pointer->field->field, is. */
#define READ(pointer, ...)                                              \
	({                                                              \
		___type((pointer), __VA_ARGS__) found_;                 \
		if (LOADS)                                              \
			found_ = ___arrow(KNOWN(pointer), __VA_ARGS__); \
		else                                                    \
			BPF_CORE_READ_INTO(&found_, pointer, __VA_ARGS__); \
		found_;                                                 \
	})

/* Eight bytes. Any structure of numbers will do to call them by. */
static __always_inline u64 word_at(const void *address)
{
	u64 word = 0;
	if (LOADS)
		return ((struct timespec64 *)bpf_rdonly_cast(address, bpf_core_type_id_kernel(struct timespec64)))->tv_sec;
	bpf_probe_read_kernel(&word, sizeof(word), address);
	return word;
}

/* A pointer that is kept or compared: to the verifier a number, whichever way it was read. */
#define POINTER(field) ((typeof(field))word_at(__builtin_preserve_access_index(&(field))))

#endif
