#include "actor.h"

static const struct {
	const char *name;
	actor_main *act;
} actors[] = {
	{ "read-shadow", read_shadow },
	{ "read-by-traversal", read_by_traversal },
	{ "read-through-link", read_through_link },
	{ "clear-log", clear_log },
	{ "link-over", link_over },
	{ "symlink-over", symlink_over },
	{ "write-release-agent", write_release_agent },
	{ "drop-and-execute", drop_and_execute },
	{ "run-from-shm", run_from_shm },
	{ "run-from-memory", run_from_memory },
	{ "attach-to-child", attach_to_child },
	{ "ask-to-be-traced", ask_to_be_traced },
	{ "unshare-user", unshare_user },
	{ "clone-user", clone_user },
	{ "reverse-shell", reverse_shell },
	{ "packet-socket", packet_socket },
	{ "ask-metadata", ask_metadata },
	{ "open-by-uring", open_by_uring },
	{ "connect-by-uring", connect_by_uring },
	{ "open-by-32-bit-call", open_by_32_bit_call },
	{ "start-shell", start_shell },
	{ "read-shadow-later", read_shadow_later },
	{ "connect-to-443", connect_to_443 },
	{ "load-module", load_module },
	{ "reach", reach },
	{ "flood", flood },
	{ "calls", calls },
	{ "end-first", end_first },
	{ "make", make },
	{ "ask-metadata-and-leave-a-sibling", ask_metadata_and_leave_a_sibling },
};

int failed(const char *what)
{
	fprintf(stderr, "actor: %s: %s\n", what, strerror(errno));
	return 1;
}

int copy_self(const char *path)
{
	char buffer[65536];
	ssize_t n;
	int from = open("/proc/self/exe", O_RDONLY), to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	if (from < 0 || to < 0)
		return -1;
	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, n) != n)
			return -1;
	close(from);
	return close(to);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "nothing"))
		return 0;
	for (size_t i = 0; argc > 1 && i < sizeof(actors) / sizeof(actors[0]); i++)
		if (!strcmp(argv[1], actors[i].name))
			return actors[i].act(argc - 1, argv + 1);
	fprintf(stderr, "usage: actor NAME; names:");
	for (size_t i = 0; i < sizeof(actors) / sizeof(actors[0]); i++)
		fprintf(stderr, " %s", actors[i].name);
	fprintf(stderr, "\n");
	return 2;
}
