// Package logind knows what systemd-logind does to a user's processes, and the
// user's lingering, which decides whether the user manager outlives the sessions.
//
// A [Judge] says of a process whether it survives the logout, and why.
//
// A [Lease] is lingering that gorun holds for as long as any of its scopes lives.
// Who turned lingering on is not recorded by logind; the lease's marker tells it.
package logind
