package dns

import (
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/pattern"
	"weir/rules/view"
	"weir/rules/view/domain"
)

// hostsOf gives the hosts of mail addresses, each once.
func hostsOf(list []string) (hosts []string) {
	for _, address := range list {
		hosts = append(hosts, hostOf(address))
	}
	return distinct(hosts)
}

// hostOf is what stands behind the @ of an address, with single dots only; "" if that is no name of two labels or more.
func hostOf(address string) string {
	_, host, _ := strings.Cut(address, "@")
	if i := strings.IndexAny(host, "@ \t\r\n"); i >= 0 {
		host = host[:i]
	}
	labels := strings.FieldsFunc(strings.ToLower(host), func(c rune) bool { return c == '.' })
	if len(labels) < 2 {
		return ""
	}
	return strings.Join(labels, ".")
}

// senderDomains are the registered domains of the addresses that the mail names as its sender.
func (r *Room) senderDomains(_ *eval.Call, m *view.Mail) (domains []string) {
	for _, address := range m.Senders() {
		domains = append(domains, m.Set.Links().Domain(address))
	}
	return distinct(domains)
}

// inFields are the hosts of addresses, the addresses and the names in certain fields: those that the call names, else
// those of rbl_headers.
func (r *Room) inFields(c *eval.Call, m *view.Mail) (found []string) {
	fields := r.headers
	if list, there := args.Text(*c, 3); there {
		fields = strings.Split(list, ",")
	}
	for _, name := range fields {
		name = strings.TrimSpace(name)
		if address, _ := m.Get(name + ":addr"); strings.Contains(address, "@") {
			found = append(found, hostOf(address))
			continue
		}
		value, _ := m.Get(name)
		for _, line := range strings.Split(value, "\n") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return distinct(found)
}

// accredited are the addresses of the relays of a mail that names who vouches for it, if it names the one that the call
// asks for.
func (r *Room) accredited(c *eval.Call, m *view.Mail) []string {
	wanted, there := args.Text(*c, 3)
	if !there || !names(m, strings.ToLower(wanted)) {
		return nil
	}
	return r.relays(c, m)
}

// names tells whether the mail names somebody who vouches for it: as a--name in the sender's domain, or in a field.
func names(m *view.Mail, wanted string) bool {
	sender, _ := m.Get("EnvelopeFrom:addr")
	for _, label := range strings.FieldsFunc(strings.ToLower(sender), func(c rune) bool { return c == '.' || c == '@' }) {
		if label == "a--"+wanted && len(wanted) >= 3 {
			return true
		}
	}
	value, _ := m.Get("Accreditor")
	for _, one := range strings.Split(strings.ToLower(value), ",") {
		if words := strings.Fields(one); len(words) > 0 && words[0] == wanted {
			return true
		}
	}
	return false
}

// senderHost is the host of the envelope's sender; "" if there is none.
func senderHost(m *view.Mail) string {
	for _, address := range m.List("EnvelopeFrom:addr") {
		if host := hostOf(address); host != "" {
			return domain.Ascii(host)
		}
	}
	return ""
}

// serversOfSender asks a list about the name servers of the envelope's sender.
func serversOfSender(q *inquiry, ru *rule, m *view.Mail, zone string) {
	host := senderHost(m)
	if host == "" {
		return
	}
	q.ask(ru, "NS", host, func(p *reply) {
		for _, server := range p.records {
			if domain.Plausible(server.text) {
				q.ask(ru, "A", server.text+"."+zone, nil)
			}
		}
	})
}

// bindSender binds check_dns_sender: it hits if the domain of the envelope's sender has neither an address nor a mail
// server.
func (r *Room) bindSender(c eval.Call) *rule {
	ru := &rule{call: c, hit: func(_ *pattern.Trial, answers []*reply) bool {
		return len(answers) == 2 && answers[0].absent() && answers[1].absent()
	}}
	ru.start = func(q *inquiry, m *view.Mail) {
		host := senderHost(m)
		if r.skipLists || host == "" {
			return
		}
		q.ask(ru, "A", host, nil)
		q.ask(ru, "MX", host, nil)
	}
	return ru
}
