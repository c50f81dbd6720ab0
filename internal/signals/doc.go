// Package signals receives the signals of a process together with who sent them,
// which Go's os/signal drops.
//
// On amd64 and arm64 a handler of a few instructions writes the kernel's words to a
// pipe, from which they are read; elsewhere, and with the build tag portable,
// os/signal is asked, and the sender is unknown.
package signals
