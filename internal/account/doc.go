// Package account looks up users and groups. A static program has no NSS of its
// own: what the files of the user database do not have, getent(1) is asked for. The
// environment is not: after su(1) it may name somebody else.
package account
