// floor COMMAND... is the least that a launcher can do: it has the user's manager start a scope
// with this process in it, by one write to its private socket, waits until that is done, and
// executes COMMAND. It checks nothing. Without COMMAND it prints the time of CLOCK_MONOTONIC
// in nanoseconds, and exits at once.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char message[2048];
static size_t size;

static void pad(size_t start, size_t to) {
	while ((size - start) % to)
		message[size++] = 0;
}

static void u32(size_t start, uint32_t n) {
	pad(start, 4);
	memcpy(message + size, &n, 4);
	size += 4;
}

// text is a string of D-Bus: its length, its bytes, and a zero.
static void text(size_t start, const char *s) {
	u32(start, strlen(s));
	strcpy(message + size, s);
	size += strlen(s) + 1;
}

static void signature(const char *s) {
	message[size++] = strlen(s);
	strcpy(message + size, s);
	size += strlen(s) + 1;
}

static void field(size_t start, char code, const char *type, const char *value) {
	pad(start, 8);
	message[size++] = code;
	signature(type);
	if (*type == 'g')
		signature(value);
	else
		text(start, value);
}

// request is StartTransientUnit(unit, "replace", [("PIDs", [0])], []), after the handshake.
static void request(const char *unit) {
	static const char handshake[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
	memcpy(message, handshake, sizeof handshake - 1);
	size = sizeof handshake - 1;
	size_t start = size;
	memcpy(message + size, "l\1\0\1", 4);
	size += 4;
	size_t length = size;
	u32(start, 0);
	u32(start, 1);
	size_t fields = size;
	u32(start, 0);
	field(start, 1, "o", "/org/freedesktop/systemd1");
	field(start, 2, "s", "org.freedesktop.systemd1.Manager");
	field(start, 3, "s", "StartTransientUnit");
	field(start, 6, "s", "org.freedesktop.systemd1");
	field(start, 8, "g", "ssa(sv)a(sa(sv))");
	uint32_t n = size - fields - 4;
	memcpy(message + fields, &n, 4);
	pad(start, 8);
	size_t body = size;
	text(body, unit);
	text(body, "replace");
	u32(body, 0);
	size_t array = size;
	pad(body, 8);
	size_t first = size;
	text(body, "PIDs");
	signature("au");
	u32(body, 4);
	u32(body, 0);
	n = size - first;
	memcpy(message + array - 4, &n, 4);
	u32(body, 0);
	pad(body, 8);
	n = size - body;
	memcpy(message + length, &n, 4);
}

// awaitJob reads until the manager says that the unit's job has been removed.
static void awaitJob(int fd, const char *unit) {
	static char heard[1 << 20];
	size_t n = 0;
	for (;;) {
		ssize_t more = read(fd, heard + n, sizeof heard - n);
		if (more <= 0)
			exit(125);
		n += more;
		char *removed = memmem(heard, n, "JobRemoved", 10);
		if (removed && memmem(removed, heard + n - removed, unit, strlen(unit)))
			return;
	}
}

int main(int argc, char **argv) {
	if (argc > 1) {
		char unit[64];
		struct sockaddr_un address = {.sun_family = AF_UNIX};
		snprintf(unit, sizeof unit, "floor-%d.scope", getpid());
		snprintf(address.sun_path, sizeof address.sun_path, "%s/systemd/private", getenv("XDG_RUNTIME_DIR"));
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(fd, (struct sockaddr *)&address, sizeof address))
			return 125;
		request(unit);
		if (write(fd, message, size) != size)
			return 125;
		awaitJob(fd, unit);
		execvp(argv[1], argv + 1);
		return 127;
	}
	struct timespec now;
	char text[32];
	clock_gettime(CLOCK_MONOTONIC, &now);
	write(1, text, sprintf(text, "%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec));
	_exit(0);
}
