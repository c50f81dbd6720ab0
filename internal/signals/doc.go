// Package signals receives a process's signals together with their senders, which Go's
// os/signal drops.
//
// On amd64 and arm64 a handler of a few instructions writes the kernel's siginfo_t to a
// pipe. Elsewhere, and with the build tag portable, the package uses os/signal, and
// the sender is unknown.
package signals
