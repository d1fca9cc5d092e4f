package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"weir/filters"
	"weir/gateway"
	"weir/message"
)

// lists lets each filter that asks others try them now: DNS lists, scanners. Then it asks those lists about ourselves.
func (e *examiner) lists(ctx context.Context) (list []Finding) {
	snap, err := e.Config.Snapshot(e.Filters, e.Env)
	if err != nil {
		return []Finding{{Error, "filter", "", err.Error(), "weir config check shows what is wrong"}}
	}
	gw := gateway.New(snap, nil)
	defer gw.Close()
	var empty subjects
	list = each(snap.Filters, func(r gateway.Running) []Finding { return e.probe(ctx, r, &empty) })
	if len(empty.names) >= manyEmpty {
		list = atOnce(list, empty.names)
	}
	for _, r := range snap.Filters {
		if slices.Contains(aboutUs, r.Spec.Name) {
			list = append(list, e.ourselves(ctx, snap, r)...)
		}
	}
	return list
}

// manyEmpty is how many lists that are empty at once are no chance.
const manyEmpty = 3

// subjects are names of findings, collected by several goroutines.
type subjects struct {
	mu    sync.Mutex
	names []string
}

func (s *subjects) add(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append(s.names, name)
}

// atOnce makes one finding of many lists that are empty: what is wrong then is one thing, and not the lists.
func atOnce(list []Finding, empty []string) []Finding {
	slices.Sort(empty)
	rest := slices.DeleteFunc(list, func(f Finding) bool { return slices.Contains(empty, f.Subject) })
	text := fmt.Sprintf("%d lists seem to be empty at once (%s): a name server hides their answers", len(empty), strings.Join(empty, ", "))
	return append([]Finding{{Error, "list", "all", text, ownResolver}}, rest...)
}

// probe tries whom a filter asks, and collects the lists that have nothing in them.
func (e *examiner) probe(ctx context.Context, r gateway.Running, empty *subjects) (list []Finding) {
	p, ok := r.Filter.(filters.Prober)
	if !ok {
		return nil
	}
	for _, t := range p.Probe(ctx) {
		f := Finding{Error, "list", r.Spec.Name + " " + t.Subject, t.Text, "see docs/" + r.Spec.Name + ".md; until then it does not count"}
		if !slices.Contains(aboutUs, r.Spec.Name) {
			f.About, f.Do = "scanner", scannerAdvice(r.Spec.Name, t.Kind)
		}
		switch t.Kind {
		case "":
			f.Severity, f.Do = OK, ""
		case "silent", "off", "old":
			f.Severity = Warning
		case "empty":
			empty.add(f.Subject)
		}
		list = append(list, f)
	}
	return list
}

// scannerAdvice says what to do about a scanner, and what becomes of mail until then.
func scannerAdvice(filter, kind string) string {
	switch kind {
	case "off", "old":
		return "see docs/antivirus.md"
	default:
		return "see docs/antivirus.md; until then mail is put off, or goes on as not scanned: filters." + filter + ".on_failure says which"
	}
}

// aboutUs are the filters whose lists are asked about ourselves.
var aboutUs = []string{"dnsbl", "urlbl"}

// ourselves asks the lists of a filter about our addresses and our domains, as if mail of ours had come in.
func (e *examiner) ourselves(ctx context.Context, snap *gateway.Snapshot, r gateway.Running) []Finding {
	var mails []*message.Message
	var who []string
	for _, a := range e.own() {
		mails, who = append(mails, e.mail(a, "")), append(who, a.String())
	}
	for _, d := range e.ownDomains() {
		mails, who = append(mails, e.mail(netip.Addr{}, d)), append(who, d)
	}
	numbers := make([]int, len(mails))
	for i := range numbers {
		numbers[i] = i
	}
	return each(numbers, func(i int) []Finding { return e.listings(ctx, snap, r, mails[i], who[i]) })
}

// listings are what a filter's lists say of one mail.
func (e *examiner) listings(ctx context.Context, snap *gateway.Snapshot, r gateway.Running, m *message.Message, who string) (list []Finding) {
	for _, stage := range append([]filters.Stage{r.Spec.Stage}, r.Spec.Again...) {
		res, err := r.Filter.Check(ctx, m, filters.Findings{}.At(stage))
		if err != nil {
			return append(list, Finding{Warning, "list", who, "could not be asked for: " + err.Error(), lookAgain})
		}
		for _, h := range res.Hits {
			entry := snap.Table.Entry(h.Name)
			if entry == nil || entry.Score <= 0 {
				continue
			}
			list = append(list, Finding{Error, "list", who, fmt.Sprintf("is listed: %s, %s %s", h.Name, entry.Text, h.Detail),
				"find out why (a machine that sends spam, a stolen account), end it, then ask the list to remove it; other servers refuse our mail meanwhile"})
		}
	}
	return list
}

// mail is a mail from one of our addresses, or one that names one of our domains.
func (e *examiner) mail(client netip.Addr, domain string) *message.Message {
	env := message.Envelope{ID: "doctor", Time: e.Env.Clock(), Hostname: e.name, Client: message.Client{Addr: client}}
	text := "Subject: weir doctor\r\n\r\n"
	if domain != "" {
		env.HasFrom, env.From = true, "postmaster@"+domain
		text = "From: postmaster@" + domain + "\r\n" + text + "http://" + domain + "/\r\n"
	}
	m := message.New(env, message.Options{})
	m.Load([]byte(text))
	return m
}
