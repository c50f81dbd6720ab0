// Package bus is a D-Bus connection for one goroutine. The peer is a service manager's
// private socket or a message bus. godbus encodes and decodes the messages.
//
// A launcher makes one call and waits for one reply, so the connection needs no
// goroutine. It does not wait for authentication, nor on a message bus for Hello and the
// match rules: they go out in one write with the first call, and the peer answers in one
// round trip. A first call with descriptors needs two round trips, because the
// descriptors must not arrive before the handshake is over.
//
// Limitations: only unix sockets and EXTERNAL authentication; descriptors are sent, not
// received; after an error or the end of a context the connection is unusable.
package bus
