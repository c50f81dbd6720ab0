// Package systemd1 is the D-Bus interface of a service manager, as
// org.freedesktop.systemd1(5) describes it: its names, errors, jobs and unit
// properties, in one place.
//
// Limitations: it has the methods and properties that gorun needs. It does not check
// who sent a signal; on a message bus any client can broadcast one.
package systemd1
