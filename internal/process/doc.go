// Package process reads /proc.
package process
