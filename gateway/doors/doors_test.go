// Package doors feeds the same mail through every front door and expects equal reports.
//
// All doors stand before one gateway, as in a running Weir, and each is driven by a client of its protocol over loopback.
// The mails are the cases of all filters below testdata/, with their envelopes and their DNS, and those of extra_test.go.
// What a door can't carry is in one table of docs/flow.md, which the test reads: where the table says that a door has no
// word for something, the report through it must be the one that a mail without it gets, and nothing else may differ.
package doors

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"weir/filters"
	"weir/gateway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// entrance is a way into the gateway, as a client knows it.
type entrance interface {
	// send hands a mail in, and returns when the client has its answer. An error is the test's: the client could not speak.
	send(m *mail) error
}

// entrances are the columns of the table in docs/flow.md.
var entrances = map[string]func(t *testing.T, h *house) entrance{
	"SMTP proxy":                     openSMTP,
	"`weir scan`":                    openScan,
	"milter":                         openMilter,
	"HTTP":                           openHTTP,
	"spamd":                          openSpamc,
	"spamd, Exim's `variant=rspamd`": openExim,
}

func TestEveryDoorGivesEqualReports(t *testing.T) {
	h := newHouse(t)
	table := readTable(t)
	mails := append(extra(t), cases(t)...)
	if testing.Short() { // the race detector makes each of them ten times slower
		mails = mails[:80]
	}
	for _, m := range mails {
		h.dns.Store(m.dns)
		h.judged(t, m)
		h.Lookouts(func(filter string, l filters.Lookout) {
			if list := l.Troubles(); len(list) > 0 {
				t.Fatalf("%s: %s: %s: see upsetsLists", m.name, filter, list[0].Text)
			}
		})
	}
	for name := range entrances {
		if table.column(name) == nil {
			t.Fatalf("docs/flow.md's table of doors has no column %q", name)
		}
	}
	for _, name := range table.doors {
		open := entrances[name]
		if open == nil {
			t.Fatalf("docs/flow.md's table has a column %q, which no door here has", name)
		}
		t.Run(strings.Trim(name, "`"), func(t *testing.T) {
			door := open(t, h)
			for _, m := range mails {
				carried := m.without(table.column(name))
				h.dns.Store(m.dns)
				want := h.judged(t, carried)
				if err := door.send(carried); err != nil {
					t.Errorf("%s: %v", m.name, err)
				}
				if diff := cmp.Diff(want, h.watch.only(t)); diff != "" {
					t.Errorf("%s (-judged by the gateway itself, +through the door):\n%s", m.name, diff)
				}
			}
		})
	}
}

// plain is a report as JSON has it, without what differs from one judgement to the next of the same mail: ids, times, durations,
// and what became of the delivery.
func plain(t *testing.T, r *gateway.Report) map[string]any {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte(r.ID), []byte("ID"))
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"file", "time", "filters_ms", "ms", "reply", "next", "quarantine"} {
		delete(fields, key)
	}
	return fields
}
