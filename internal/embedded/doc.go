// Package embedded holds runs without a service manager: with a cgroup where one may be made,
// and with the process that starts the run, its supervisor, in the place of the manager.
//
// # The seam
//
// Package scope is the only user. [gorun/scope.Start] and [gorun/scope.Open] give a Scope whose
// Manager is Embedded a [Run]; the methods of such a Scope ask the Run instead of a manager.
// What is above, from internal/run to the command line, sees a Scope like any other. Which
// default is taken is decided in one place, [gorun/scope.Here].
//
// # A run
//
//   - Start notes the run in a [record], a file in the state directory (dirs.go, note.go), before
//     it makes anything. What a supervisor that dies leaves behind can so be found. No other run
//     gets the name until the supervisor has ended, also of another PID namespace (life.go).
//   - place.go finds the group below which the run's own group is made: the caller's, or the
//     nearest above that has the controllers which the limits need. The caller's group stays as
//     it is: a group with processes cannot share controllers (no internal processes).
//   - COMMAND is cloned into the group ([Run.Entrance]). The supervisor stays where it is, so that
//     no limit, OOM kill or stop of the run meets it. Whoever stops a run notes that first, and then
//     lists its processes. Whoever starts one looks at the note afterwards. So none is missed.
//   - Another process that finds the run ([Open]) holds its group (group.go), and acts on no later
//     run of the name.
//   - guard.go is the supervisor's watch: the time limit and OOMPolicy=stop. stop.go is the
//     sequence of a stop, which any process may begin: it marks the record first.
//   - [Run.Release] ends the supervision. An empty group is removed. If leftover processes have a
//     time limit, a keeper (keeper.go), a copy of this program, goes on watching them.
//   - sweep.go removes what supervisors that were killed have left, at each later run.
//
// # Without a group
//
// Where no group may be made, the run is the supervisor's descendants (tree.go): it is their
// subreaper. Time limits hold for them; other limits cannot, and are errors of package scope. What
// descends from the supervisor when the run begins is noted, and left out. The supervisor's own
// hooks run when the run is over ([Run.NoteOver]).
//
// Limitation: a process that is left out may fork later, and end. Its child then counts as the run's.
//
// Limitation: a process of root's, or one with the right to write to the groups above, can leave
// its group. The group may be beside the caller's, whose limits then do not hold for the run.
package embedded
