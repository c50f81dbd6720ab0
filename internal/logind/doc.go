// Package logind knows what systemd-logind does to a user's processes at logout. It also
// controls the user's lingering, which decides whether the user manager outlives the
// sessions.
//
// A [Judge] says whether a process survives the logout, and why.
//
// A [Lease] is lingering that gorun holds for as long as any of its scopes lives.
// logind does not record who turned lingering on; the lease's marker does.
package logind
