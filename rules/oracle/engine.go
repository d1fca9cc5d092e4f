package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"weir/message"
	"weir/rules"
	"weir/rules/view"
)

// stockFolders are where Debian's package keeps the rules and what is set for this machine.
var stockFolders = []string{"/usr/share/spamassassin", "/etc/spamassassin"}

// settings are the lines that sa-hits.pl adds behind all files.
const settings = "use_bayes 0\nuse_auto_whitelist 0\nuse_txrep 0\nreport_safe 0\nurl_shortener_cache_type none\n"

// engine is Weir's side: the rules that it loaded.
type engine struct {
	set *rules.Set
	now time.Time
}

// newEngine loads rules files as the recorded run did: the .pre files first, then the .cf files folder by folder. Lines
// that are wrong do not stop it: what they say is missing in the figures.
func newEngine(folders []string, now time.Time) (*engine, error) {
	files, err := rules.Read(folders...)
	if err != nil {
		return nil, err
	}
	files = append(files, rules.File{Name: "sa-hits.pl", Data: []byte(settings)})
	// A minute for each rule: what is found must not depend on how fast a machine is.
	set, err := rules.Compile(rules.Options{Offline: true, NoBayes: true, Now: now, SubRules: true, RuleLimit: time.Minute}, files...)
	if set == nil {
		return nil, err
	}
	return &engine{set: set, now: now}, nil
}

// file judges a stored message.
func (e *engine) file(name string) (counts, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	hits, err := e.judge(withoutEnvelope(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return hits, nil
}

// withoutEnvelope takes off the line that an mbox begins each message with.
func withoutEnvelope(raw []byte) []byte {
	if bytes.HasPrefix(raw, []byte("From ")) {
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	return raw
}

// judge runs the rules over a message.
func (e *engine) judge(raw []byte) (counts, error) {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load(raw)
	hits, failed, err := e.set.Match(context.Background(), m, view.Facts{}, e.now)
	if err == nil && len(failed) > 0 {
		err = fmt.Errorf("these rules met their limit: %v", failed)
	}
	found := counts{}
	for _, h := range hits {
		if r := e.set.Rule(h.Name); r != nil {
			found[h.Name] = times(r, h.Count)
		}
	}
	return found, err
}

// times says how often a rule is told to have hit: a pattern as often as it was found, anything else once.
func times(r *rules.Rule, n int) int {
	if r.Kind == rules.Meta || strings.HasPrefix(r.Text, "eval:") {
		return 1
	}
	return n
}

// why says why a rule is not run; "" if it is.
func (e *engine) why(name string) string {
	r := e.set.Rule(name)
	if r == nil {
		return "there is no such rule"
	}
	return r.NotRun
}

// kind names the kind of a rule.
func (e *engine) kind(name string) string {
	if r := e.set.Rule(name); r != nil {
		if strings.HasPrefix(r.Text, "eval:") {
			return r.Kind.String() + " eval"
		}
		return r.Kind.String()
	}
	return ""
}
