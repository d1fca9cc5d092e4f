package doctor

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strings"

	"weir/gateway/relay"
)

// hops looks at each address of each next hop.
func (e *examiner) hops(ctx context.Context) []Finding {
	type target struct {
		hop     relay.HopConfig
		address string
	}
	var all []target
	for _, h := range e.Config.NextHops {
		h = h.WithDefaults()
		for _, a := range h.Address {
			all = append(all, target{h, a})
		}
	}
	return each(all, func(t target) []Finding {
		if t.hop.Protocol == relay.Maildir {
			f := folder("next_hop.address", t.address)
			f.About = "next_hop"
			return []Finding{f}
		}
		v := visit{examiner: e, hop: t.hop, address: t.address}
		v.all(ctx)
		return v.list
	})
}

// visit is a look at one address of a next hop. It says RSET and QUIT where a mail would begin.
type visit struct {
	*examiner
	hop     relay.HopConfig
	address string
	list    []Finding
}

func (v *visit) finding(s Severity, text, do string) {
	v.list = append(v.list, Finding{s, "next_hop", v.address, text, do})
}

func (v *visit) all(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, v.Timeout/2)
	defer cancel()
	d, err := v.open(ctx)
	if err != nil {
		v.finding(Error, "can't be used: "+err.Error(), "start the mail server, or correct next_hop.address; all mail for "+strings.Join(v.hop.Domains, ", ")+" is put off while no address of it answers")
		return
	}
	defer d.close()
	v.finding(OK, "answers as "+d.greeting(), "")
	if err := v.secure(ctx, d); err != nil {
		v.finding(Error, "TLS failed: "+err.Error(), "correct its TLS, or set next_hop.tls")
		return
	}
	v.recipients(d)
}

// open connects and says EHLO or LHLO.
func (v *visit) open(ctx context.Context) (*dialog, error) {
	network, address, host := "tcp", v.address, ""
	if path, ok := strings.CutPrefix(v.address, "unix:"); ok {
		network, address = "unix", path
	} else if h, _, err := net.SplitHostPort(v.address); err == nil {
		host = h
	} else {
		host = strings.Trim(v.address, "[]")
		address = net.JoinHostPort(host, map[relay.Protocol]string{relay.SMTP: "25", relay.LMTP: "24"}[v.hop.Protocol])
	}
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if end, ok := ctx.Deadline(); ok {
		_ = c.SetDeadline(end)
	}
	d := newDialog(c, host)
	if err := d.greet(); err != nil {
		d.close()
		return nil, err
	}
	return d, d.hello(v.verb(), v.helo())
}

func (v *visit) verb() string {
	if v.hop.Protocol == relay.LMTP {
		return "LHLO"
	}
	return "EHLO"
}

func (v *visit) helo() string {
	if v.hop.Helo != "" {
		return v.hop.Helo
	}
	return v.name
}

// secure starts TLS as the hop's settings want it, and looks at the certificate. The error: the connection is lost.
func (v *visit) secure(ctx context.Context, d *dialog) error {
	required := v.hop.TLS == relay.TLSRequired
	switch {
	case v.hop.TLS == relay.TLSNone:
		return nil
	case !d.offers["STARTTLS"] && required:
		v.finding(Error, "does not offer STARTTLS, and next_hop.tls is required: all its mail is put off", "switch TLS on there, or set next_hop.tls = \"opportunistic\"")
		return nil
	case !d.offers["STARTTLS"]:
		return nil
	}
	certs, err := d.startTLS(ctx)
	if err != nil {
		return err
	}
	severity, text, do := validity(certs[0], v.Env.Clock())
	if severity != OK {
		v.finding(v.graver(severity), "its certificate "+text, do)
	}
	if err := v.verify(certs, d.host); err != nil && !v.hop.TLSInsecure {
		v.finding(v.graver(Error), "its certificate is not one that we trust: "+err.Error(), "next_hop.tls_ca names the authority's file, next_hop.tls_name the name in the certificate")
	} else if err == nil && severity == OK {
		v.finding(OK, "speaks TLS, and its certificate "+text, "")
	}
	return d.hello(v.verb(), v.helo())
}

// graver is how bad something about a certificate is: with opportunistic TLS any certificate does.
func (v *visit) graver(s Severity) Severity {
	if v.hop.TLS != relay.TLSRequired {
		return min(s, Note)
	}
	return s
}

func (v *visit) verify(certs []*x509.Certificate, host string) error {
	opts := x509.VerifyOptions{DNSName: host, CurrentTime: v.Env.Clock(), Intermediates: x509.NewCertPool()}
	if v.hop.TLSName != "" {
		opts.DNSName = v.hop.TLSName
	}
	if v.hop.TLSCA != "" {
		pem, err := os.ReadFile(v.hop.TLSCA)
		if err != nil {
			return err
		}
		opts.Roots = x509.NewCertPool()
		opts.Roots.AppendCertsFromPEM(pem)
	}
	for _, c := range certs[1:] {
		opts.Intermediates.AddCert(c)
	}
	_, err := certs[0].Verify(opts)
	return err
}

// maxAsked is how many domains of a hop are asked about.
const maxAsked = 20

// recipients asks the hop for recipients that can't exist: one that takes them takes all that is guessed.
func (v *visit) recipients(d *dialog) {
	if code, text := d.say("MAIL FROM:<>"); code/100 != 2 {
		v.finding(Warning, fmt.Sprintf("refuses mail without a sender (%d %s): bounces would be lost", code, text), "let it take MAIL FROM:<>")
		return
	}
	asked := 0
	for _, domain := range v.hop.Domains {
		if strings.Contains(domain, "*") || strings.HasPrefix(domain, ".") || asked == maxAsked {
			continue
		}
		asked++
		v.recipient(d, domain)
	}
	_, _ = d.say("RSET")
}

func (v *visit) recipient(d *dialog, domain string) {
	nobody := "weir-doctor-" + strings.ToLower(rand.Text()[:12]) + "@" + domain
	switch code, text := d.say("RCPT TO:<" + nobody + ">"); {
	case code/100 == 2:
		v.finding(Warning, "takes mail for anybody at "+domain+", even for "+nobody, "let it refuse unknown recipients at RCPT, or set next_hop.recipients = \"file\" with a list: else it takes spam for guessed names, and bounces it to forged senders")
	case code/100 == 5:
		v.finding(OK, "refuses unknown recipients at "+domain, "")
	case code == 0:
		v.finding(Error, "ended the connection when it was asked for a recipient: "+text, "look into its log")
	default:
		v.finding(Note, fmt.Sprintf("puts unknown recipients at %s off (%d %s): nobody can say whether it would refuse them", domain, code, text), "")
	}
	if code, text := d.say("RCPT TO:<postmaster@" + domain + ">"); code/100 == 5 {
		v.finding(Warning, fmt.Sprintf("refuses postmaster@%s (%d %s)", domain, code, text), "let somebody read it (RFC 5321 section 4.5.1)")
	}
}
