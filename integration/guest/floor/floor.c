// floor COMMAND... is the least that a launcher in C can do: one system call before it
// executes COMMAND. Without COMMAND it prints the time of CLOCK_MONOTONIC in nanoseconds, and
// exits at once.
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
	if (argc > 1) {
		write(-1, "", 1);
		execvp(argv[1], argv + 1);
		return 127;
	}
	struct timespec now;
	char text[32];
	clock_gettime(CLOCK_MONOTONIC, &now);
	write(1, text, sprintf(text, "%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec));
	_exit(0);
}
