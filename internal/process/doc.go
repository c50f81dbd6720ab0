// Package process reads what the kernel tells of processes in /proc.
package process
