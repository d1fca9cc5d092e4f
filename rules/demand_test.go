package rules

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"weir/message"
	"weir/rules/view"
)

// judged tells all that a run says about a mail, and how many rules were found, with or without those that nothing asks for.
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

const someRules = `
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

// TestRulesThatNothingAsksForChangeNothing: what is reported is the same with the rules that nothing asks for and without them, whatever was found first.
func TestRulesThatNothingAsksForChangeNothing(t *testing.T) {
	s, _ := Compile(Options{}, File{Name: "some.cf", Data: []byte(someRules)})
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
		t.Error("no rule was ever left out")
	}
}

func sparedIn(t *testing.T, s *Set, raw []byte) int {
	t.Helper()
	with, all := judged(t, s, raw, true)
	without, some := judged(t, s, raw, false)
	if with != without {
		t.Errorf("all rules: %s\nthose that are asked for: %s\n%.300s", with, without, raw)
	}
	return all - some
}

// TestStockRulesThatNothingAsksForChangeNothing is the same for our own rules and others' mail.
func TestStockRulesThatNothingAsksForChangeNothing(t *testing.T) {
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
		t.Error("no rule was ever left out")
	}
}

// TestTextsWithVeryManyPlacesAreLookedAtInPieces: what is noted of a message is bounded, and what is found is the same.
func TestTextsWithVeryManyPlacesAreLookedAtInPieces(t *testing.T) {
	var file strings.Builder
	for i := range 40 {
		fmt.Fprintf(&file, "body __WORD%d /word(?!%d!)/\ntflags __WORD%d multiple\nbody __SELDOM%d /word%d!/\n", i, i, i, i, i)
		fmt.Fprintf(&file, "meta ALL%d __WORD%d == 3999 && __SELDOM%d == 1\n", i, i, i)
	}
	file.WriteString("body LAST /word39!/\ntflags LAST nosubject\nheader MISSED Subject !~ /word/\n")
	s, err := Compile(Options{}, File{Name: "many.cf", Data: []byte(file.String())})
	if err != nil {
		t.Fatal(err)
	}
	raw := "Subject: other\n\n" + strings.Repeat("word 1\n\n", 3960)
	for i := range 40 {
		raw += fmt.Sprintf("word%d!\n\n", i)
	}
	all, _ := judged(t, s, []byte(raw), false)
	if n := strings.Count(all, "ALL"); n != 40 || !strings.Contains(all, "LAST") || !strings.Contains(all, "MISSED") {
		t.Errorf("%d of 40 hit: %.300s", n, all)
	}
}

// TestMetasWithinMetasAreComputedHoweverDeepTheyGo: a row of metas of which each asks for the next.
func TestMetasWithinMetasAreComputedHoweverDeepTheyGo(t *testing.T) {
	const deep = 5000
	var file strings.Builder
	fmt.Fprintf(&file, "body __M%d /found/\nmeta FOUND __M0 && __M1\nmeta NONE __M0 + __M3 >= 3\n", deep)
	for i := range deep {
		fmt.Fprintf(&file, "meta __M%d __M%d || __M%d && !__M%d\n", i, i+1, min(i+7, deep), i+1)
	}
	s, err := Compile(Options{}, File{Name: "deep.cf", Data: []byte(file.String())})
	if err != nil {
		t.Fatal(err)
	}
	defer debug.SetMaxStack(debug.SetMaxStack(1 << 20)) // some 1,000 metas within one another
	for mail, want := range map[string]string{"Subject: x\n\nfound\n": "FOUND", "Subject: x\n\nlost\n": ""} {
		if all, _ := judged(t, s, []byte(mail), false); strings.Contains(all, "FOUND") != (want != "") || strings.Contains(all, "NONE") {
			t.Errorf("%q: %s", mail, all)
		}
	}
}
