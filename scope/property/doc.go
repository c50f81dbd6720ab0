// Package property has the properties of systemd's scopes: it reads NAME=VALUE as
// systemd-run(1) does, checks it before a manager is asked, and prints it.
//
// [Parse] makes a [Property] from a text, by a table with a row for each property that
// a scope can have. [All] lists the rows.
//
// # Limitations
//
//   - The table is that of systemd 262. An older manager lacks the properties whose
//     Since is later than its version, and refuses them.
//   - What only a running manager can check is not checked, such as whether a device
//     or another unit exists.
//   - Whether the kernel enforces a limit shows when the scope runs; see package scope.
package property
