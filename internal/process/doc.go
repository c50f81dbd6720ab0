// Package process reads what the kernel says about processes, waits for their ends, and
// replaces this process's visible command line.
package process
