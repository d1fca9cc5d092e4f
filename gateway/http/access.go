package http

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"weir/gateway"
	"weir/gateway/password"
)

// denied tells why a request may not do what it wants, and the status for that; "": it may.
//
// As with Rspamd's scanning port, mail is judged without a password for clients of scan_from. For all else, without a
// password only this machine's clients are served.
//
// No browser is served without a password (see fromPage). Who comes through a proxy that says for whom it asks is where
// that client is.
func (s *Server) denied(to right, r *http.Request) (status int, why string) {
	if to == toPing {
		return 0, ""
	}
	c, from := s.Config(), clientOf(r)
	browser, behind := fromPage(r), forwarded(r.Header)
	if to == toScan && !browser && c.scansFrom(from) && !slices.ContainsFunc(behind, func(a netip.Addr) bool { return !c.scansFrom(a) }) {
		return 0, ""
	}
	secrets := c.readers()
	if to == toChange {
		secrets = c.writers()
	}
	if len(secrets) > 0 {
		return s.checked(from, to, r.Header.Get("Password"), secrets)
	}
	switch {
	case !from.IsLoopback() || slices.ContainsFunc(behind, func(a netip.Addr) bool { return !a.IsLoopback() }):
		return http.StatusForbidden, "only clients on the same machine may do this: set http.password in the config to let others"
	case browser:
		return http.StatusForbidden, "web pages may not do this without a password: set http.password in the config"
	case to == toScan:
		return http.StatusForbidden, "this client may not have mail judged: see http.scan_from and http.password in the config"
	}
	return 0, ""
}

func (s *Server) checked(from netip.Addr, to right, given string, secrets []string) (status int, why string) {
	switch s.keeper.Check(from, given, secrets...) {
	case password.Right:
		return 0, ""
	case password.TooMany:
		return http.StatusTooManyRequests, "too many wrong passwords came from this address: try again later"
	}
	if to == toChange {
		return http.StatusForbidden, "wrong password: send http.enable_password (or http.password) of the config in the header Password"
	}
	return http.StatusForbidden, "wrong password: send http.password of the config in the header Password"
}

// fromPage tells whether a browser asks for a page, from anywhere, that it shows to a reader on this machine. Browsers name
// the page in requests to another site. A page whose own name was given our address since (DNS rebinding) asks its own
// site, and plain GET requests say nothing of that but the name: so nobody may call us by a name other than localhost. For
// mail, which must come by POST, browsers always name the page.
func fromPage(r *http.Request) bool {
	if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		return true
	}
	return r.Method == http.MethodGet && !ownName(r.Host)
}

// ownName tells whether a Host is no name that somebody else may have given us.
func ownName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil || host == "" || strings.EqualFold(host, "localhost")
}

// forwarded are the clients that proxies name; one that can't be read is the zero Addr, which is in no network.
func forwarded(h http.Header) (list []netip.Addr) {
	for _, key := range [...]string{"X-Forwarded-For", "X-Real-Ip", "Forwarded"} {
		for _, value := range h[key] {
			for one := range strings.SplitSeq(value, ",") {
				list = append(list, gateway.ToldAddr(one))
			}
		}
	}
	return list
}

// clientOf is a client's address. Who comes through a unix socket is on this machine.
func clientOf(r *http.Request) netip.Addr {
	if _, unix := r.Context().Value(http.LocalAddrContextKey).(*net.UnixAddr); unix {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return addrOf(r.RemoteAddr)
}

// addrOf is a client's address; the zero value if it has none.
func addrOf(remote string) netip.Addr {
	a, _ := netip.ParseAddrPort(remote)
	return a.Addr().Unmap()
}

func hostOf(remote string) string {
	if a := addrOf(remote); a.IsValid() {
		return a.String()
	}
	return ""
}
