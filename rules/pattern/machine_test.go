package pattern

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

// hard are patterns that look around themselves, or that have many states.
var hard = []string{
	`/\bab\b/`, `/\Bab\B/`, `/^ab/`, `/ab$/`, `/^ab$/m`, `/^$/m`, `/\A\z/`, `/(?:^|\s)a.{0,3}b(?:\s|$)/`, `/a.{3,9}b/`, `/a[^b]{2,40}c/i`, `/(?:a|b|ab)+c\b/`,
	`/\b\b/`, `/a\b./`, `/b\n^a/m`, `/(?:a?){9}a{9}/`, `/\xe9+[\x80-\xff]\b/`, `/^a|b$|\bc\b/`, `/x*/`, `/(?:ab|a\nb)(?:\b|^)/m`, `/[^ab]\B[^ab]/`, `/\Zx?/`, `/[b-]c\z/`,
}

// texts are short, of few bytes, so that patterns match often and nearly match more often.
func texts(n int) (list [][]byte) {
	r := rand.New(rand.NewPCG(1, 2))
	for range n {
		b := make([]byte, r.IntN(60))
		for i := range b {
			b[i] = "aaabbbccx  \n\xe9-"[r.IntN(14)]
		}
		list = append(list, b)
	}
	return list
}

func machineOf(t testing.TB, source string, most int64) (*Pattern, *machine) {
	t.Helper()
	p, err := Compile(source)
	if err != nil {
		t.Fatal(err)
	}
	d := newMachine(p.whole.compile(), &room{most: most})
	if d == nil {
		t.Fatalf("%s: no machine", source)
	}
	return p, d
}

func TestAMachineFindsWhatTheEngineFinds(t *testing.T) {
	for _, source := range hard {
		for _, most := range []int64{maxRoom, 2000} { // much room, and so little that states are thrown away all the time
			p, d := machineOf(t, source, most)
			told := 0
			for _, text := range texts(3000) {
				d.lost = 0 // else it would be switched off
				yes, known := d.match(text)
				if known {
					told++
				}
				if want := p.Match(text); known && yes != want && !(yes && p.whole.backtracks) {
					t.Fatalf("%s on %q: %v, want %v", source, text, yes, want)
				}
			}
			if most == maxRoom && told < 2990 {
				t.Errorf("%s: it could tell of %d texts of 3000", source, told)
			}
		}
	}
}

func TestStatesStayWithinTheirRoom(t *testing.T) {
	_, d := machineOf(t, `/a[^b]{2,40}c[^a]{1,30}d/i`, 20_000)
	most := int64(0)
	for _, text := range texts(5000) {
		d.match(append(text, text...))
		most = max(most, d.room.used.Load())
	}
	if most < 15_000 || most > 25_000 {
		t.Errorf("they used %d bytes of 20000", most)
	}
}

// TestAMachineThatIsOfNoUseIsSwitchedOff: its patterns are run by regexp then, and found all the same.
func TestAMachineThatIsOfNoUseIsSwitchedOff(t *testing.T) {
	p, err := Compile(`/a[^b]{2,40}c[^a]{1,30}d/i`)
	if err != nil {
		t.Fatal(err)
	}
	p.branches[0].begins = nil // as a pattern without a beginning that can be told
	g := NewGroup([]*Pattern{p})
	g.room.most = 1000
	for _, text := range texts(2000) {
		text = append(text, "a..c..d"...)
		c := newCounter(1, 1)
		g.Match(text, &Scratch{}, c)
		if want := p.Match(text); want != (c.found[0] == 1) {
			t.Fatalf("%q: found %d, want %v", text, c.found[0], want)
		}
	}
	if !g.parts[0].machine.off.Load() {
		t.Error("it is still on")
	}
}

func TestManyGoroutinesShareAMachine(t *testing.T) {
	p, d := machineOf(t, `/\ba.{0,12}b[^c]{1,9}c$/`, 15_000)
	list := texts(500)
	want := make([]bool, len(list))
	for i, text := range list {
		want[i] = p.Match(text)
	}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range list {
				k := (i*7 + g*100) % len(list)
				if yes, known := d.match(list[k]); known && yes != want[k] {
					t.Errorf("%q: %v, want %v", list[k], yes, want[k])
				}
			}
		})
	}
	all.Wait()
}

// TestATextMayNotHaveManyStatesMade: what is worked out for one text is bounded by its length. What was worked out stays, so
// that the machine knows sooner or later.
func TestATextMayNotHaveManyStatesMade(t *testing.T) {
	_, d := machineOf(t, "/a[ab]{8}c/", maxRoom)
	r := rand.New(rand.NewPCG(3, 4))
	text := make([]byte, 2000)
	for i := range text {
		text[i] = "ab"[r.IntN(2)]
	}
	if _, known := d.match(text); known {
		t.Error("it knows at once")
	}
	if n := len(d.now.Load().states); n > 32+len(text)/16+2 {
		t.Errorf("%d states were made for %d bytes", n, len(text))
	}
	for range 10 {
		if yes, known := d.match(text); known {
			if yes {
				t.Error("it finds what is not there")
			}
			return
		}
	}
	t.Error("it never knows")
}

// BenchmarkMachine beside the engine, on a paragraph in which nothing is found.
func BenchmarkMachine(b *testing.B) {
	text := []byte(strings.Repeat("Your account will not be charged before the first of May. ", 34))
	for _, source := range []string{`/\byour\s+(?:\S+\s+){0,3}(?:mailbox|password)\b/i`, `/\b[13][1-9A-HJ-NP-Za-km-z]{25,34}\b/`} {
		p, d := machineOf(b, source, maxRoom)
		for name, match := range map[string]func([]byte) bool{
			"machine": func(text []byte) bool { yes, _ := d.match(text); return yes },
			"regexp":  p.Match,
		} {
			b.Run(fmt.Sprintf("%s/%.20s", name, source), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					if match(text) {
						b.Fatal("found")
					}
				}
			})
		}
	}
}
