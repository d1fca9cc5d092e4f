package craft

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"weir/message"
	"weir/rules"
	"weir/rules/pattern"
	"weir/rules/view"
)

func source(n uint64) *rand.Rand { return rand.New(rand.NewPCG(7, n)) }

func TestTextsGrownFromAPatternMatchIt(t *testing.T) {
	for _, p := range []string{
		`/plain/`, `/a|b|cd/`, `/^\d{3,5}-\w+$/`, `m{^https?://[^/]+/x}i`, `m'/p\d'`, `/(?:un|re)?subscribe\b/i`, `/[a-f]{40}/`, `/[^\x00-\x7f]{4}/`,
		`/(\w)\1\1/`, `/(?<q>["']).*?\k<q>/`, `/\bfoo\s+bar\b/`, `/[[:upper:]]{3}[[:digit:]]/`, `/a{0,2}b{2}/`, `/x # no comment/`, "/a b # gone\n c/x",
		`/(?=[a-z]*9)[a-z0-9]{3}/`, `/[\]\-x]+/`, `/a++b*?c+?/`, `/(?i)hello/`, `/^$/`, `/\$\d+\.\d\d/`, `/\Qno/`,
	} {
		c, err := pattern.Compile(p)
		if err != nil {
			continue // the engine says what it can't take, not this package
		}
		matched := 0
		for n := range uint64(20) {
			text, ok := grow(source(n), p)
			if ok != c.Match([]byte(text)) {
				t.Errorf("%s: %q is told to match: %v", p, text, ok)
			}
			if ok {
				matched++
			}
		}
		if matched < 10 {
			t.Errorf("%s: only %d of 20 texts match", p, matched)
		}
	}
}

// ours are rules of every kind, made up for this test.
const ours = `
header SUBJECT_SALE Subject =~ /\bbig sale \d\d%/
header FROM_BOX From:addr =~ /^box\d+\@/
header HAS_ODD exists:X-Odd
header THROUGH_ODD X-Odd-Relay !~ /fine/
body SAYS_FREE /free (?:gift|watch) today/i
rawbody HAS_MARK /<mark>\w+<\/mark>/
full HAS_LINE /begin 644 \w+/
uri TO_SHOP m{^https?://shop\d\.}
meta SALE_LINK SUBJECT_SALE && (TO_SHOP || SAYS_FREE) && !HAS_ODD
`

func compiled(t testing.TB, text string) *rules.Set {
	t.Helper()
	set, err := rules.Compile(rules.Options{Offline: true, SubRules: true}, rules.File{Name: "craft.cf", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestCraftedMailHitsItsRule(t *testing.T) {
	set := compiled(t, ours)
	maker := New(set, 1)
	for _, r := range set.Rules() {
		hit := 0
		for try := range 10 {
			m := message.New(message.Envelope{}, message.Options{})
			m.Load(maker.Mail(r, try))
			hits, _, err := set.Match(t.Context(), m, view.Facts{}, time.Unix(1.8e9, 0))
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range hits {
				if h.Name == r.Name {
					hit++
				}
			}
		}
		if hit < 4 {
			t.Errorf("%s: %d of 10 mails hit", r.Name, hit)
		}
	}
}

func TestTheSameSeedMakesTheSameMail(t *testing.T) {
	set := compiled(t, ours)
	r := set.Rule("SALE_LINK")
	first := New(set, 5).Mail(r, 2)
	if !bytes.Equal(first, New(set, 5).Mail(r, 2)) {
		t.Error("two mails of one seed differ")
	}
	for name, other := range map[string][]byte{"another seed": New(set, 6).Mail(r, 2), "another try": New(set, 5).Mail(r, 3)} {
		if bytes.Equal(first, other) {
			t.Errorf("%s makes the same mail", name)
		}
	}
}

func TestEverySceneMakesMail(t *testing.T) {
	set := compiled(t, ours)
	for _, s := range scenes {
		seen := map[string]bool{}
		for n := range uint64(30) {
			d := &draft{maker: New(set, 1), Rand: source(n)}
			d.begin()
			s.play(d, []string{"0", "12", s.word})
			raw := string(d.bytes())
			if head, _, ok := strings.Cut(raw, "\n\n"); !ok || !strings.Contains(head, ": ") {
				t.Fatalf("%s: no header: %q", s.word, raw)
			}
			seen[raw] = true
		}
		if len(seen) < 20 {
			t.Errorf("%s: 30 mails are only %d different ones", s.word, len(seen))
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`/a(b|c)*[^x-z\d]{2,}(?=q)\1/ix`, `m{(?<n>x)\k<n>\x{41}}`, `/((((/`, `/[[:alpha:]/`, `/a{`, `\`, `/(?P<`, `/[\`, `/\x{zz}\g{-1}/`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		root, _ := parse(s)
		g := grower{Rand: source(1), groups: map[int]string{}, names: map[string]string{}, long: true, look: true}
		g.node(root)
		if len(g.out) > 2*maxText+len(s)*4 {
			t.Errorf("%d bytes grew", len(g.out))
		}
	})
}
