// Package scope starts systemd scopes: units for processes that were not started
// by systemd itself, with limits, a name, and a place in the cgroup tree.
//
// [Start] asks a service manager for a transient scope and returns when the
// process really is inside. By default that is the calling process, named to
// the manager by the socket it calls from, so that no PID can vanish or be
// reused meanwhile. Whatever the process starts from then on is in the scope
// from its first instruction.
//
// No connection is held after Start: the manager sends every unit's signals to
// every direct connection, and a thousand waiting callers would wake for each
// other's launches. [Scope.State] opens one for a question.
//
// Limitations: cgroup v2 only. A user's manager ends, with all its scopes, some
// seconds after that user's last session unless the user lingers. A process
// owned by root cannot be moved into another user's scope. The manager does not
// learn how the processes in a scope exit.
package scope
