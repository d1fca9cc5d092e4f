package smtp

import (
	"net/netip"

	"weir/message"
)

// identity is who the client is, from all who may tell: the socket, PROXY, XCLIENT, XFORWARD.
type identity struct {
	peer     netip.Addr     // at the other end of the socket
	base     message.Client // by socket or PROXY, and TLS
	noMail   bool           // PROXY LOCAL or UNKNOWN: the proxy's own connection
	xclient  attributes     // until STARTTLS
	xforward attributes     // until the transaction's end
	shown    message.Client // what the gateway has been told
	helo     string         // likewise
	place    netip.Prefix   // counted under, if counted
	counted  bool
}

// release gives the place among the client's connections back.
func (i *identity) release(l *limits) {
	if i.counted {
		l.leaveClient(i.place)
		i.counted = false
	}
}
