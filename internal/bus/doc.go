// Package bus is one connection to a D-Bus peer for one goroutine: a service
// manager's private socket or a message bus.
//
// A launcher asks one question and waits for one answer, so the connection has
// no goroutine and no queue of its own. What can be known without the peer
// (authentication, and on a message bus Hello and the match rules) is not
// waited for: it goes out in one write with the first call, which a peer
// answers in one round trip. A first call with descriptors takes two: they are
// not to arrive before the handshake is over. godbus encodes and decodes the
// messages.
//
// Limitations: unix sockets and EXTERNAL authentication only; descriptors are
// sent, not received; a connection whose context ended or that saw an error is of
// no further use.
package bus
