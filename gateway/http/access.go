package http

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
)

// mayChange tells why a request may not change anything; "": it may.
//
// Without a password, only this machine's clients are served, and no browser among them: a page from anywhere could
// have its reader's browser send requests to loopback. Browsers name the page in such requests.
func mayChange(c *Config, r *http.Request) string {
	if secret := c.secret(); secret != "" {
		if same(r.Header.Get("Password"), secret) {
			return ""
		}
		return "wrong password: send http.enable_password (or http.password) of the config in the header Password"
	}
	switch {
	case !fromLoopback(r.RemoteAddr):
		return "only clients on the same machine may do this: set http.password in the config to let others"
	case r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "":
		return "web pages may not do this without a password: set http.password in the config"
	}
	return ""
}

// same compares in a time that tells nothing of the secret.
func same(got, secret string) bool {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func fromLoopback(remote string) bool {
	a, err := netip.ParseAddrPort(remote)
	return err == nil && a.Addr().Unmap().IsLoopback()
}
