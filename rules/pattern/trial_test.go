package pattern

import (
	"strings"
	"testing"
	"time"
)

func must(t *testing.T, source string) *Pattern {
	t.Helper()
	p, err := Compile(source)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTrialFindsWhatMatchDoes(t *testing.T) {
	for _, source := range []string{`/cheap/`, `/^x*$/`, `/a(?!b)/`, `/(\w)\1/`, `/\d+$/m`, `/^$/`, `/(?:)/`} {
		p, trial := must(t, source), Try(time.Minute)
		for _, text := range []string{"", "a", "ab", "aa", "x", "buy cheap pills", "12\nx", strings.Repeat("ab ", 2000) + "a"} {
			if got, want := trial.Match(p, []byte(text)), p.Match([]byte(text)); got != want {
				t.Errorf("%s on %.20q: %v, Match says %v", source, text, got, want)
			}
		}
		if trial.Cut() {
			t.Errorf("%s: cut", source)
		}
	}
}

func TestTrialCaptures(t *testing.T) {
	groups, ok := Try(time.Minute).Capture(must(t, `/url=(\w+)/`), []byte("a?url=xy&b"))
	if !ok || string(groups[1]) != "xy" {
		t.Errorf("got %q, %v", groups, ok)
	}
}

// One long text, and very many short ones: together they may not take longer than the limit.
func TestD19TheTimeOfATrialIsThatOfAllItsTexts(t *testing.T) {
	p := must(t, `/^(?=(?:\w+\s?)+!)x/`)
	q := must(t, `/(a|b)(?:a+)+\1c/`)
	for name, run := range map[string]func(trial *Trial){
		"D19_one_long_text": func(trial *Trial) {
			trial.Match(q, []byte(strings.Repeat("a", 1<<20)+"bc"))
		},
		"D19_many_short_texts": func(trial *Trial) {
			text := []byte(strings.Repeat("word ", 4) + "; c")
			for range 2_000_000 {
				if trial.Match(p, text); trial.Cut() {
					return
				}
			}
		},
		"D19_captures": func(trial *Trial) {
			for range 1_000_000 {
				if trial.Capture(q, []byte(strings.Repeat("a", 30)+"c")); trial.Cut() {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			trial := Try(20 * time.Millisecond)
			clock := startClock()
			run(trial)
			if d := clock.stop(); !trial.Cut() || d > 5*time.Second {
				t.Errorf("cut %v after %v", trial.Cut(), d)
			}
			if trial.Match(p, []byte("word! x")) {
				t.Error("it goes on when the time is over")
			}
		})
	}
}
