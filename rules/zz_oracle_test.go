package rules

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"weir/message"
)

func TestOracleDev(t *testing.T) {
	sa := os.Getenv("SA_RULES")
	if sa == "" {
		t.Skip()
	}
	s, err := Load(Options{Paths: []string{sa}, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	l := s // report sub-rules too: regex rules only
	shared := sharedFolder(t)
	f, _ := os.Open(filepath.Join(shared, "oracle", "hits.tsv"))
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	type st struct {
		both, ours, theirs int
		ex                 string
	}
	stats := map[string]*st{}
	n := 0
	off := s.off()
	for sc.Scan() {
		n++
		if n%9 != 0 {
			continue
		}
		p := strings.Split(sc.Text(), "\t")
		raw, err := os.ReadFile(filepath.Join(shared, p[0]))
		if err != nil {
			continue
		}
		if strings.HasPrefix(string(raw), "From ") {
			_, rest, _ := strings.Cut(string(raw), "\n")
			raw = []byte(rest)
		}
		want := map[string]int{}
		for _, col := range p[2:] {
			for name := range strings.SplitSeq(col, ",") {
				name, num, _ := strings.Cut(name, "=")
				k := 1
				fmt.Sscan(num, &k)
				want[name] = k
			}
		}
		m := message.New(message.Envelope{}, message.Options{})
		m.Load(raw)
		r := l.begin(context.Background(), m)
		r.texts()
		for i, rule := range s.rules {
			if rule.expr != nil || rule.NotRun != "" || off[rule.Name] || !used(s, rule.Name) {
				continue
			}
			a, b := int(r.counts[i]), want[rule.Name]
			if a == 0 && b == 0 {
				continue
			}
			x := stats[rule.Name]
			if x == nil {
				x = &st{}
				stats[rule.Name] = x
			}
			switch {
			case a == b:
				x.both++
			case a > b:
				x.ours++
				x.ex = p[0] + fmt.Sprintf(" ours %d theirs %d", a, b)
			default:
				x.theirs++
				x.ex = p[0] + fmt.Sprintf(" ours %d theirs %d", a, b)
			}
		}
		r.end()
	}
	both, diff := 0, 0
	var names []string
	for name, x := range stats {
		both += x.both
		diff += x.ours + x.theirs
		if x.ours+x.theirs > 0 {
			names = append(names, name)
		}
	}
	sort.Slice(names, func(i, j int) bool {
		a, b := stats[names[i]], stats[names[j]]
		return a.ours+a.theirs > b.ours+b.theirs
	})
	t.Logf("%d agree, %d differ", both, diff)
	for _, name := range names[:min(45, len(names))] {
		x := stats[name]
		t.Logf("%s %s: both %d, ours %d, theirs %d; %s | %s", s.Rule(name).Kind, name, x.both, x.ours, x.theirs, x.ex, s.Rule(name).Text)
	}
}

var usedCache map[string]bool

func used(s *Set, name string) bool {
	if usedCache == nil {
		usedCache = map[string]bool{}
		for _, g := range append([]*group{s.plan.body, s.plan.rawBody, s.plan.full, s.plan.uri}, s.plan.headers...) {
			if g == nil {
				continue
			}
			for _, i := range append(g.rules, g.exists...) {
				usedCache[s.rules[i].Name] = true
			}
		}
	}
	return usedCache[name]
}
