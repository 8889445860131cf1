/* What attackers do, each a few lines that really do it. `actor NAME` does one thing; 0 when it worked as far as it was let. */
#ifndef ACTOR_H
#define ACTOR_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int actor_main(int argc, char **argv);

actor_main read_shadow, read_by_traversal, clear_log, link_over, symlink_over, write_release_agent, read_through_link;
actor_main drop_and_execute, run_from_shm, run_from_memory;
actor_main attach_to_child, ask_to_be_traced, unshare_user, clone_user;
actor_main reverse_shell, packet_socket, ask_metadata;
actor_main open_by_uring, connect_by_uring, open_by_32_bit_call;
actor_main start_shell, read_shadow_later, connect_to_443, load_module;
actor_main flood, reach, calls;
actor_main end_first, make, ask_metadata_and_leave_a_sibling;

/* Copies the running program to a path; -1 with errno where it cannot. */
int copy_self(const char *path);

/* Prints what failed, and gives 1. */
int failed(const char *what);

#endif
