// Package scope describes systemd scopes, starts them, finds and lists them, waits for them,
// changes, freezes and stops them. A scope is a unit for processes that systemd did not start
// itself, with limits, a name, and a place in the cgroup tree.
//
// [Start] asks a service manager for a transient scope and returns when the process is
// inside. By default that is the calling process. The socket that it calls from names it
// to the manager, so that no PID can vanish or be reused meanwhile. Whatever the process
// starts later is in the scope from its first instruction. Other processes, such as a
// child that waits at a gate (see the example), are held by pidfds until it is certain
// where they are.
//
// [Adopt] moves processes that run already, with all that descends from them, out of a session,
// a service or another scope, and follows what they start meanwhile.
//
// A [Scope], started or found by [Open], can be waited for, stopped, signaled, frozen
// and changed, and the caller can join it. These methods mean that run of the unit, by its
// invocation ID, and never a later run of the same name. What the scope uses is read from the kernel, with package
// cgroup, which can also wait without a manager.
//
// Package property reads and checks the properties that a scope can have. Functions here
// that find a property invalid return its [*property.Error].
//
// # Connections
//
// Each method opens a connection and closes it before it returns. There are no
// subscriptions that stay, and a Scope has no state between calls and needs no closing. Its
// methods may be called from several goroutines at once, except for SetProperties. Only
// [Scope.Wait] holds a connection for long.
//
// The manager's private socket answers in the fewest steps. But there the manager sends
// the signals of all units to each connection: a thousand waiters would wake for each
// other's launches. Wait therefore prefers the message bus, and the other methods use that
// socket one process after the other. A process that uses it for long is not waited for.
//
// # Without a service manager
//
// With [Embedded] as its Manager a scope needs no systemd: the process that calls Start holds it,
// with a cgroup v2 below its own or, where limits need controllers that only a group above can
// share, beside its own. Limits are written and read back: they hold, or are a [*LimitError]. Time
// limits and the OOMPolicy "stop" are held by a goroutine of the process, and so as long as the
// process lives and does not call [Scope.Release], which also removes the cgroup. What a process
// that was killed leaves is removed by [Sweep]. Other processes of the user find the scope with
// [Open] and [Manager.List], by a file below $XDG_RUNTIME_DIR/gorun, or a like directory.
//
// With [Spec].Empty no process is moved. [Scope.Entrance] has the descriptor with which a command
// is started inside. Where no cgroup can be made, [Scope.Plain] says why; the scope then consists
// of the descendants of the process, which becomes their subreaper (prctl(2)). [Here] says whether
// systemd runs.
//
// # Limitations
//
//   - Cgroup v2 only.
//   - A user's manager ends, with all its scopes, some seconds after that user's
//     last session unless the user lingers; see [LeaseLingering].
//   - A process owned by root cannot be moved into another user's scope.
//   - The manager does not learn how the processes in a scope exit: [Result] says
//     how the scope ended. Whoever started a process has to wait for it.
//   - The manager forgets a scope that ends. If it does so before Wait has subscribed,
//     the result is [Unknown].
//   - A process stays charged to its old cgroup for the memory that it used before it
//     was moved.
//   - If the manager does not support pidfds (systemd before 255), it can move another
//     process instead: a process may end at the moment of the call, and its PID be reused
//     at once. Start notices that and returns an error, but cannot undo it.
//   - On a message bus each Wait is one of the connections that a user may have: 256
//     on the system bus, by dbus-daemon's default.
//
// docs/comparison.md compares this package with others that start scopes from Go.
package scope
