package rules_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/gateway/realtest"
	"weir/rules"
	"weir/rules/hostile"
	"weir/rules/oracle/craft"
)

// bothSets loads SpamAssassin's rules and ours.
func bothSets(t *testing.T) map[string]*rules.Set {
	tree := realtest.Need(t, "spamassassin")
	sets := map[string]*rules.Set{}
	for name, o := range map[string]rules.Options{
		"debian": {Paths: []string{tree.Path("etc/spamassassin"), tree.Path("usr/share/spamassassin")}, Offline: true},
		"stock":  {Stock: true, Offline: true},
	} {
		s, err := rules.Load(o)
		if err != nil {
			t.Fatal(err)
		}
		sets[name] = s
	}
	return sets
}

// show writes what took longer than some time, the slowest first, and all time.
func show(name string, size int, costs []rules.Cost, partial string, least time.Duration) {
	slices.SortFunc(costs, func(a, b rules.Cost) int { return int(b.Time - a.Time) })
	var out bytes.Buffer
	var all time.Duration
	for _, c := range costs {
		if c.Sort != "pattern" && c.Sort != "alone" {
			all += c.Time
		}
		if c.Time >= least {
			fmt.Fprintf(&out, "    %v %s %.120s told=%v\n", c.Time.Round(time.Millisecond), c.Sort, c.What, c.Told)
		}
	}
	if out.Len() > 0 {
		fmt.Printf("%6d ms %s (%d bytes; %s)\n%s", all.Milliseconds(), name, size, partial, out.String())
	}
}

// TestWeighHostileMail is a tool: WEIR_WEIGH=all go test -run WeighHostile ./rules -v prints what each kind costs.
func TestWeighHostileMail(t *testing.T) {
	only := os.Getenv("WEIR_WEIGH")
	if only == "" {
		t.Skip("a tool: set WEIR_WEIGH to all, or a part of the name of a kind")
	}
	for name, s := range bothSets(t) {
		rules.Weigh(s, hostile.Kinds()[0].Make(1000), false)
		for _, k := range hostile.Kinds() {
			if only == "all" || strings.Contains(k.Name, only) {
				raw := k.Make(1 << 20)
				costs, partial := rules.Weigh(s, raw, os.Getenv("WEIR_ALONE") != "")
				show(name+" "+k.Name, len(raw), costs, partial, 30*time.Millisecond)
			}
		}
	}
}

// TestWeighBrokenMatches is a tool as well: WEIR_BREAK=1/10 takes a tenth of the rules, makes for each a text that it almost
// matches, and prints what a megabyte of it costs.
func TestWeighBrokenMatches(t *testing.T) {
	from, of, ok := strings.Cut(os.Getenv("WEIR_BREAK"), "/")
	if !ok {
		t.Skip("a tool: set WEIR_BREAK to 1/10, 2/10 …")
	}
	first, _ := strconv.Atoi(from)
	step, _ := strconv.Atoi(of)
	for name, s := range bothSets(t) {
		for i, r := range s.Rules() {
			if i%step != first%step || r.Source() == "" || r.NotRun != "" {
				continue
			}
			raw := almost(r, uint64(i))
			costs, partial := rules.Weigh(s, raw, os.Getenv("WEIR_ALONE") != "")
			show(name+" almost "+r.Name, len(raw), costs, partial, 30*time.Millisecond)
		}
	}
}

// almost makes a mail of a megabyte that a rule almost matches, again and again, where the rule looks.
func almost(r *rules.Rule, seed uint64) []byte {
	text, _ := craft.Text(r.Source(), seed)
	if len(text) > 1 {
		text = text[:len(text)-1] + "~"
	}
	switch r.Kind {
	case rules.Header:
		field, _, _ := strings.Cut(r.Target(), ":")
		if field == "ALL" || strings.HasPrefix(field, "X-Spam") {
			field = "Received"
		}
		return hostile.Field(field, strings.ReplaceAll(text, "\n", "\n "), 1<<20)
	case rules.URI:
		return hostile.Links(text, 1<<20)
	}
	return hostile.Spread(text, 25, 1<<20)
}
