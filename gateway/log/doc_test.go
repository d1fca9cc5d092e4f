package log

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"weir/gateway"
	"weir/scoring"
)

// TestTheDocumentNamesEveryKey logs a report in which everything is set, and looks for its keys in docs/logging.md.
func TestTheDocumentNamesEveryKey(t *testing.T) {
	text, err := os.ReadFile("../../docs/logging.md")
	if err != nil {
		t.Fatal(err)
	}
	r := report()
	r.Stage, r.Helo, r.User, r.Quarantine, r.Next = "connect", "h", "u", "q", "n"
	r.Recipients = []gateway.RecipientDecision{{Rcpt: []string{"a@b.example"}, Decision: scoring.Decision{Action: scoring.Quarantine}}}
	var out bytes.Buffer
	Verdict(logger(t, &out, func(c *Config) { c.Format, c.Subjects = "json", true }), r)
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || len(line) < 24 {
		t.Fatalf("%v, %d keys in %s", err, len(line), out.String())
	}
	for key := range line {
		if key != "time" && key != "level" && key != "msg" && !strings.Contains(string(text), "`"+key+"`") {
			t.Errorf("the key %s is not in docs/logging.md", key)
		}
	}
}
