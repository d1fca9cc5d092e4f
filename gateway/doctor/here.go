package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"weir/gateway/smtp"
)

// listeners tries to listen where Weir would.
func (e *examiner) listeners(context.Context) (list []Finding) {
	c := e.Config
	for _, door := range []struct {
		key       string
		addresses []string
	}{
		{"smtp.listen", c.SMTP.Listen}, {"milter.listen", c.Milter.Listen}, {"http.listen", c.HTTP.Listen},
		{"spamd.listen", c.Spamd.Listen}, {"metrics.listen", []string{c.Metrics.Listen}},
	} {
		for _, a := range door.addresses {
			if path, unix := strings.CutPrefix(a, "unix:"); unix {
				list = append(list, socket(door.key, path))
			} else if a != "" {
				list = append(list, listener(door.key, a))
			}
		}
	}
	return list
}

// socket looks whether a unix socket can be made at a path. One that is there is left alone.
func socket(key, path string) Finding {
	f := Finding{About: "listen", Subject: "unix:" + path}
	if _, err := os.Lstat(path); err == nil {
		f.Severity, f.Text = Note, key+": this is there already; fine if it is Weir's socket"
		return f
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		f.Severity, f.Text = Error, key+": no socket can be made there: "+err.Error()
		f.Do = "make the folder " + filepath.Dir(path) + ", writable for the user who runs Weir, or set another path"
		return f
	}
	_ = l.Close()
	f.Text = key + " is free"
	return f
}

func listener(key, address string) Finding {
	f := Finding{About: "listen", Subject: address}
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		_ = l.Close()
		f.Text = key + " is free"
	case errors.Is(err, syscall.EADDRINUSE):
		f.Severity, f.Text = Note, key+": a server has this address already; fine if it is Weir"
	case errors.Is(err, os.ErrPermission):
		f.Severity, f.Text = Error, key+": this user may not listen here"
		f.Do = "ports below 1024 need root, CAP_NET_BIND_SERVICE or socket activation; or run weir doctor as the user who runs Weir"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		f.Severity, f.Text, f.Do = Error, key+": this machine does not have this address", "correct "+key
	default:
		f.Severity, f.Text, f.Do = Error, fmt.Sprintf("%s: %v", key, err), "correct "+key
	}
	return f
}

// soon is how long before its end a certificate is worth a warning.
const soon = 14 * 24 * time.Hour

// certificates looks at the one that we show to clients.
func (e *examiner) certificates(context.Context) []Finding {
	c := e.Config.SMTP.TLS
	if len(e.Config.SMTP.Listen) == 0 { // the mail server in front has it
		return nil
	}
	if c.Mode == smtp.TLSNone || c.Cert == "" {
		return []Finding{{Note, "certificate", "smtp.tls", "clients can't use TLS", "set smtp.tls.mode, cert and key, unless another server stands in front"}}
	}
	f := Finding{About: "certificate", Subject: c.Cert}
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		f.Severity, f.Text, f.Do = Error, "can't be used: "+err.Error(), "correct smtp.tls.cert and smtp.tls.key: PEM files that belong together, readable for the user who runs Weir"
		return []Finding{f}
	}
	leaf := pair.Leaf
	if leaf == nil {
		if leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			f.Severity, f.Text, f.Do = Error, "can't be read: "+err.Error(), "get another certificate"
			return []Finding{f}
		}
	}
	f.Severity, f.Text, f.Do = validity(leaf, e.Env.Clock())
	list := []Finding{f}
	if err := leaf.VerifyHostname(e.name); err != nil {
		list = append(list, Finding{Warning, "certificate", c.Cert, "is not for " + e.name, "get one with this name, or set hostname to a name that it has"})
	}
	return list
}

// validity says how a certificate stands in time.
func validity(c *x509.Certificate, now time.Time) (Severity, string, string) {
	const renew = "renew it, and reload the server that shows it"
	switch left := c.NotAfter.Sub(now); {
	case left < 0:
		return Error, "expired on " + c.NotAfter.UTC().Format(time.DateOnly), renew
	case now.Before(c.NotBefore):
		return Error, "is not valid before " + c.NotBefore.UTC().Format(time.RFC3339), "is the clock right?"
	case left < soon:
		return Warning, "expires on " + c.NotAfter.UTC().Format(time.DateOnly), renew
	default:
		return OK, "is valid until " + c.NotAfter.UTC().Format(time.DateOnly), ""
	}
}

// folders looks whether what Weir keeps can be written.
func (e *examiner) folders(context.Context) (list []Finding) {
	seen := map[string]bool{}
	for _, f := range []struct{ key, dir string }{{"data_dir", e.Config.DataDir}, {"quarantine.dir", e.Config.Quarantine.Dir}, {"smtp.spool_dir", e.Config.SMTP.SpoolDir}} {
		if f.dir != "" && !seen[f.dir] {
			seen[f.dir] = true
			list = append(list, folder(f.key, f.dir))
		}
	}
	return list
}

// folder looks at a folder or, where it is not there yet, at the one that it will be made in.
func folder(key, dir string) Finding {
	f := Finding{About: "folder", Subject: dir}
	at := dir
	info, err := os.Stat(at)
	for errors.Is(err, fs.ErrNotExist) && filepath.Dir(at) != at {
		at = filepath.Dir(at)
		info, err = os.Stat(at)
	}
	switch {
	case err != nil:
		f.Severity, f.Text, f.Do = Error, fmt.Sprintf("%s: %v", key, err), "correct "+key+" or the folder's rights"
		return f
	case !info.IsDir():
		f.Severity, f.Text, f.Do = Error, key+": "+at+" is no folder", "correct "+key
		return f
	}
	if err := writable(at); err != nil {
		f.Severity, f.Text = Error, fmt.Sprintf("%s: %s can't be written: %v", key, at, err)
		f.Do = "give it to the user who runs Weir (and run weir doctor as that user)"
		return f
	}
	f.Text = "can be written"
	if at != dir {
		f.Text = "will be made"
	}
	if free, ok := freeSpace(at); ok {
		f.Text += fmt.Sprintf(", %d MB free", free>>20)
		switch {
		case free < 100<<20:
			f.Severity, f.Do = Error, "make room: mail that can't be kept is put off"
		case free < 1<<30:
			f.Severity, f.Do = Warning, "make room"
		}
	}
	return f
}

// writable makes a file without a name that anybody could find, and removes it.
func writable(dir string) error {
	t, err := os.CreateTemp(dir, ".weir-doctor-*")
	if err != nil {
		return err
	}
	_, err = t.WriteString("weir doctor was here\n")
	return errors.Join(err, t.Close(), os.Remove(t.Name()))
}
