/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A plugin of QEMU's software emulation (TCG) that gives memory back. The guest's code is translated as it runs, and what was translated once is kept until
 * there is no room for more: a machine that started a container has 35 MB of it and runs through 3.
 *
 * When a processor of the guest goes to rest and no more than a little was translated since the last look, all is thrown away and its pages go back to the
 * kernel; what is needed is translated again. A look comes at most once in QUIET. A guest that soon has much again runs through much: each time it keeps that
 * twice as long, from SHORT to LONG, until it is seen with little.
 *
 * The interface is QEMU's (docs/devel/tcg-plugins): looks run on the thread of a processor, `thrown` while none runs. Nothing is done where the buffer is not
 * found as expected.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef uint64_t qemu_plugin_id_t;

void qemu_plugin_register_vcpu_idle_cb(qemu_plugin_id_t id, void (*resting)(qemu_plugin_id_t id, unsigned processor));
void qemu_plugin_reset(qemu_plugin_id_t id, void (*thrown)(qemu_plugin_id_t id));

#define EXPORT __attribute__((visibility("default")))
#define MIB ((size_t)1 << 20)
#define SMALLEST (1 * MIB)    /* QEMU's least buffer (tcg/region.c) */
#define LARGEST (512 * MIB)   /* a larger one is not looked at: that takes a byte a page */
#define KEPT (64 * (size_t)1024) /* what the buffer begins with is made once and never again (tcg_prologue_init) */
#define ENOUGH (6 * MIB)      /* less is not worth it */
#define GROWTH (1 * MIB)      /* more in one look: the guest is in the middle of something */
#define QUIET 3000ull         /* ms */
#define SHORT 5000ull         /* ms */
#define LONG 600000ull        /* ms */

/* The version of the interface that is asked for: the first has all that is used here. */
EXPORT int qemu_plugin_version = 1;

/* One processor at a time looks; the rest is written by who looks, or while no processor runs. */
static atomic_flag looking = ATOMIC_FLAG_INIT;
static _Atomic uint64_t next;
static unsigned char resident[LARGEST / 4096];
static unsigned char *buffer;
static size_t length, page, before;
static uint64_t threw, keeps = SHORT;
static int untidy;

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The buffer: the one mapping without a file that can be written and run. Not there yet, or not alone: 0. */
static int find(void)
{
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");
	int found = 0;
	if (!maps)
		return 0;
	while (fgets(line, sizeof line, maps)) {
		unsigned long from, to, inode;
		char may[5];
		if (sscanf(line, "%lx-%lx %4s %*x %*x:%*x %lu", &from, &to, may, &inode) != 4 || strcmp(may, "rwxp") || inode || to - from < SMALLEST)
			continue;
		found++;
		buffer = (unsigned char *)from;
		length = to - from;
	}
	fclose(maps);
	return found == 1 && length <= LARGEST;
}

static size_t in_use(void)
{
	size_t pages = length / page, n = 0;
	if (mincore(buffer, pages * page, resident))
		return 0;
	for (size_t i = 0; i < pages; i++)
		n += resident[i] & 1;
	return n * page;
}

static void rests(qemu_plugin_id_t id, unsigned processor);

/* All that was translated is forgotten, and no processor runs. */
static void thrown(qemu_plugin_id_t id)
{
	madvise(buffer + KEPT, length - KEPT, MADV_DONTNEED);
	threw = now();
	before = 0;
	untidy = 1;
	qemu_plugin_register_vcpu_idle_cb(id, rests);
}

static void look(qemu_plugin_id_t id, uint64_t at)
{
	if (!buffer && !find()) {
		buffer = 0;
		return;
	}
	size_t use = in_use(), grown = use > before ? use - before : 0;
	before = use;
	if (untidy) {
		untidy = 0;
		malloc_trim(0); /* QEMU frees its tables of what was translated a moment later (call_rcu) */
	}
	if (grown > GROWTH)
		return;
	if (use <= ENOUGH) {
		keeps = SHORT;
	} else if (at - threw >= keeps) {
		keeps = 2 * keeps < LONG ? 2 * keeps : LONG;
		qemu_plugin_reset(id, thrown);
	}
}

static void rests(qemu_plugin_id_t id, unsigned processor)
{
	(void)processor;
	uint64_t at = now();
	if (at < atomic_load_explicit(&next, memory_order_relaxed) || atomic_flag_test_and_set(&looking))
		return;
	atomic_store_explicit(&next, at + QUIET, memory_order_relaxed);
	look(id, at);
	atomic_flag_clear(&looking);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count, char **words)
{
	(void)info, (void)count, (void)words;
	page = (size_t)sysconf(_SC_PAGESIZE);
	next = now() + QUIET;
	threw = now();
	qemu_plugin_register_vcpu_idle_cb(id, rests);
	return 0;
}
