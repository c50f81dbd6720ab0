// Package scope starts systemd scopes: units for processes that were not started
// by systemd itself, with limits, a name, and a place in the cgroup tree.
//
// [Start] asks a service manager for a transient scope and returns when the
// process really is inside. By default that is the calling process, named to
// the manager by the socket it calls from, so that no PID can vanish or be
// reused meanwhile. Whatever the process starts from then on is in the scope
// from its first instruction. Other processes, such as a child that waits at a
// gate (see the example), are held by pidfds from before the manager hears of them
// until it is certain where they are.
//
// A [Scope], started or found by [Open], can be waited for, stopped, signaled and
// changed. These methods mean that run of the unit, by its invocation ID, and never a
// later one of the same name. Its use of resources is read from the kernel, with
// package cgroup, which can also wait without a manager.
//
// # Connections
//
// Each method opens a connection and closes it before it returns; there are no
// goroutines, no subscriptions that stay, and no state between calls. A Scope needs
// no closing, and its methods may be called from several goroutines at once, but for
// SetProperties. Only [Scope.Wait] holds a connection for long.
//
// The manager's private socket answers in the fewest steps, but the manager sends
// every unit's signals to each connection there: a thousand who wait would wake for
// each other's launches. Wait therefore prefers the message bus.
//
// # Limitations
//
//   - Cgroup v2 only.
//   - A user's manager ends, with all its scopes, some seconds after that user's
//     last session unless the user lingers; see [LeaseLingering].
//   - A process owned by root cannot be moved into another user's scope.
//   - The manager does not learn how the processes in a scope exit: [Result] says
//     how the scope fared. Whoever started a process waits for that.
//   - The manager forgets a scope that ends. If that is before Wait is heard, its
//     result is [Unknown].
//   - A process stays charged to its old cgroup for the memory that it has used
//     before it was moved.
//   - Where the manager knows no pidfds (systemd before 255), a process that ends in
//     the very moment of the call, and whose PID is reused in the same, makes the
//     manager move a stranger. That is found out, and an error, but not undone.
//   - On a message bus each Wait is one of the connections that a user may have: 256
//     on the system bus, by dbus-daemon's default.
//
// # Compared with other packages
//
// Two others start scopes from Go. Both do much that this one does not: the one has
// all of the manager's units and methods, the other containers, with device rules and
// cgroup v1. As for scopes, by their sources and, where it says seen, on systemd 257:
//
// github.com/coreos/go-systemd/v22/dbus, v22.7.0:
//   - Properties are a name and a D-Bus variant, in whose type the caller has to
//     know what the manager expects. Here [property.Parse] checks a text as
//     systemd-run takes it, against a table, before the manager is asked.
//   - The result of a start job is sent to the caller's channel. A scope's own Result
//     is not among the updates of a property subscriber, which are those of the Unit
//     interface; and when asked for after a time limit, the manager says success,
//     since it has forgotten the unit (seen).
//   - Processes are named by numbers (PropPids). A scope of a zombie starts, done,
//     and stays, active and empty (seen).
//   - A connection is two, with five goroutines (seen). Who awaits a job is forgotten
//     when the job is removed, not when a context ends, and a channel that is not read
//     holds up all jobs. SubscribeUnits lists all units at an interval; its goroutine
//     stays if its channel is not read when the context ends (seen). A user's manager
//     is reached over the session bus alone.
//
// github.com/opencontainers/cgroups/systemd, v0.1.0:
//   - Limits are typed for containers (cgroups.Resources); all else are variants.
//     Limits are also written to the cgroup's files, behind the manager.
//   - There is the result of the start job, and none of the scope.
//   - The process is named by a number, and not looked for afterwards.
//   - One connection of the package above serves the whole program, for the system's
//     manager or the user's, not both. A start waits for thirty seconds at most, and
//     takes no context.
package scope
