package rules

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"weir/message"
	"weir/rules/view"
)

// judged tells all that a run says about a mail, and how many rules were found, with or without those that are idle.
func judged(t testing.TB, s *Set, raw []byte, whole bool) (all string, found int) {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load(raw)
	r := s.begin(context.Background(), view.New(m, s.view, noFacts, noon))
	defer r.end()
	r.whole = whole
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	for _, n := range r.counts {
		if n != 0 {
			found++
		}
	}
	return fmt.Sprint(r.hits(), r.failed()), found
}

const idleRules = `
header   __LIST   exists:List-Id
header   __FREE   From =~ /free/
body     __MONEY  /money/
body     __SOON   /soon/
body     __QUICK  /soon/
rawbody  __RED    /red/
uri      __LINK   /example/
meta     __PLEA   __MONEY && !__LIST
meta     PLEA     __PLEA && __QUICK
meta     SHOUT    __RED && __SOON || __FREE && __MONEY
meta     LINKED   !__LINK && __MONEY > 0
meta     NEITHER  !(__LIST || __MONEY)
body     MONEY2   /money/
header   __MISS   X-None !~ /x/
meta     MISSED   __MISS && __SOON && !__FREE
meta     COUNTED  __MONEY + __SOON + __LIST >= 2
meta     CHOSEN   __LIST ? __MONEY : __SOON
`

// TestIdleRulesChangeNothing: what is reported is the same with the idle rules and without them, whatever was found first.
func TestIdleRulesChangeNothing(t *testing.T) {
	s, _ := Compile(Options{}, File{Name: "idle.cf", Data: []byte(idleRules)})
	if s == nil {
		t.Fatal("the rules can't be loaded")
	}
	spared := 0
	for n := range 1 << 7 {
		pick := func(bit int, text string) string {
			if n>>bit&1 == 0 {
				return ""
			}
			return text
		}
		raw := pick(0, "List-Id: <l.example>\n") + pick(1, "From: free@example.org\n") + pick(2, "X-None: x\n") + "\n" +
			pick(3, "money\n") + pick(4, "soon\n") + pick(5, "red\n") + pick(6, "http://example.org/\n")
		spared += sparedIn(t, s, []byte(raw))
	}
	if spared == 0 {
		t.Error("no rule was ever idle")
	}
}

func sparedIn(t *testing.T, s *Set, raw []byte) int {
	t.Helper()
	with, all := judged(t, s, raw, true)
	without, some := judged(t, s, raw, false)
	if with != without {
		t.Errorf("all rules: %s\nwithout those that are idle: %s\n%.300s", with, without, raw)
	}
	return all - some
}

// TestIdleStockRulesChangeNothing is the same for our own rules and others' mail.
func TestIdleStockRulesChangeNothing(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(sharedFolder(t), "corpora", "spamassassin", "*", "*.eml"))
	if len(files) < 1000 {
		t.Fatalf("only %d mails", len(files))
	}
	s, _ := stockSet(t)
	step, spared := 10, 0
	if testing.Short() {
		step = 50
	}
	for i := 0; i < len(files); i += step {
		raw, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		spared += sparedIn(t, s, raw)
	}
	if spared == 0 {
		t.Error("no rule was ever idle")
	}
}
