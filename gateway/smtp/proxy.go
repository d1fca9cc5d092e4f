package smtp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// The PROXY protocol, versions 1 and 2 (haproxy's proxy-protocol.txt): a header in front of the SMTP session that
// names the client whose connection a proxy passes on.
const (
	proxyV1    = "PROXY "
	proxyV2    = "\r\n\r\n\x00\r\nQUIT\n"
	maxProxyV1 = 107
	maxProxyV2 = 2 << 10 // with additions (TLVs), which we skip; load balancers send a few hundred bytes
)

var (
	errProxy = errors.New("smtp: bad PROXY header")
	errMore  = errors.New("smtp: PROXY header is not complete")
)

// parseProxy reads a header at the start of b. n is its length. own: the connection is the proxy's own (LOCAL, a
// health check) or the client is not known (UNKNOWN), so that the socket's address stands. errMore asks for more
// bytes, of which there can't be more than maxProxyV2.
func parseProxy(b []byte) (src netip.AddrPort, own bool, n int, err error) {
	switch {
	case bytes.HasPrefix(b, []byte(proxyV2)):
		return parseProxyV2(b)
	case bytes.HasPrefix(b, []byte(proxyV1)):
		return parseProxyV1(b)
	case bytes.HasPrefix([]byte(proxyV2), b), bytes.HasPrefix([]byte(proxyV1), b):
		return src, false, 0, errMore
	}
	return src, false, 0, errProxy
}

func parseProxyV1(b []byte) (src netip.AddrPort, own bool, n int, err error) {
	end := bytes.Index(b[:min(len(b), maxProxyV1)], []byte("\r\n"))
	switch {
	case end < 0 && len(b) < maxProxyV1:
		return src, false, 0, errMore
	case end < 0:
		return src, false, 0, errProxy
	}
	f := strings.Split(string(b[:end]), " ")
	n = end + 2
	if len(f) >= 2 && f[1] == "UNKNOWN" {
		return src, true, n, nil
	}
	if len(f) != 6 || f[1] != "TCP4" && f[1] != "TCP6" {
		return src, false, 0, errProxy
	}
	src, ok := proxyPort(f[2], f[4], f[1] == "TCP4")
	if _, okDst := proxyPort(f[3], f[5], f[1] == "TCP4"); !ok || !okDst {
		return src, false, 0, errProxy
	}
	return src, false, n, nil
}

func proxyPort(addr, port string, v4 bool) (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(addr)
	p, errPort := strconv.ParseUint(port, 10, 16)
	ok := err == nil && errPort == nil && a.Is4() == v4 && a.Zone() == ""
	return netip.AddrPortFrom(a.Unmap(), uint16(p)), ok
}

func parseProxyV2(b []byte) (src netip.AddrPort, own bool, n int, err error) {
	if len(b) < 16 {
		return src, false, 0, errMore
	}
	command, family := b[12], b[13]
	n = 16 + int(binary.BigEndian.Uint16(b[14:]))
	if n > maxProxyV2 || command>>4 != 2 || command&15 > 1 {
		return src, false, 0, errProxy
	}
	if len(b) < n {
		return src, false, 0, errMore
	}
	if command&15 == 0 {
		return src, true, n, nil
	}
	src, own, err = proxyAddress(family, b[16:n])
	return src, own, n, err
}

// proxyAddress reads the source address of a TCP connection; of other families there is nothing to know.
func proxyAddress(family byte, b []byte) (src netip.AddrPort, own bool, err error) {
	size := map[byte]int{0x11: 4, 0x21: 16}[family]
	switch {
	case family == 0:
		return src, true, nil
	case size == 0 || len(b) < 2*size+4:
		return src, false, errProxy
	}
	a, _ := netip.AddrFromSlice(b[:size])
	return netip.AddrPortFrom(a.Unmap(), binary.BigEndian.Uint16(b[2*size:])), false, nil
}
