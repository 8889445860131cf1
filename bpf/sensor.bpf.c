// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* All sensors as one object, so that the kernel's types are read once when it is loaded and all share their maps. */
#include "dispatch.bpf.c"
#include "process.bpf.c"
#include "file.bpf.c"
#include "network.bpf.c"
#include "privilege.bpf.c"
#include "uring.bpf.c"

char _license[] SEC("license") = "Dual BSD/GPL";
