// Package account looks up users and groups. A static program has no NSS, so the package
// runs getent(1) for entries that the files of the user database do not have. It does
// not use the environment: after su(1) it may name another user.
package account
