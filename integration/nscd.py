# A name service cache daemon that knows one user (nscd-client.h in glibc). It closes the
# connection on what it does not know, and libc reads the files.
import os, socket, struct
NAME, UID, GROUPS = "Dora Doe", 4100, [4100, 29, 44]
BY_NAME, BY_UID, INITGROUPS = 0, 1, 15
listener = socket.socket(socket.AF_UNIX)
listener.bind("/run/nscd/new")
os.chmod("/run/nscd/new", 0o666)
listener.listen(50)
os.rename("/run/nscd/new", "/run/nscd/socket")  # nobody finds it before it listens
while True:
    connection, _ = listener.accept()
    with connection:
        try:
            connection.settimeout(2)
            _, request, length = struct.unpack("iii", connection.recv(12))
            key = connection.recv(length).rstrip(b"\0").decode()
            if (request, key) in ((BY_NAME, NAME), (BY_UID, str(UID))):
                texts = [t.encode() + b"\0" for t in (NAME, "x", "", "/home/dora", "/bin/sh")]
                name, password, gecos, home, shell = map(len, texts)
                connection.sendall(struct.pack("iiiiiiiii", 2, 1, name, password, UID, UID, gecos, home, shell) + b"".join(texts))
            elif (request, key) == (INITGROUPS, NAME):
                connection.sendall(struct.pack("iii", 2, 1, len(GROUPS)) + struct.pack("%di" % len(GROUPS), *GROUPS))
        except (OSError, struct.error):
            pass
