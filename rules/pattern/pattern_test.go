package pattern

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestPatternsMatchAsPerlDoes(t *testing.T) {
	for _, c := range []struct {
		name, pattern, text string
		want                bool
	}{
		{"a plain word is found", "/viagra/", "buy viagra now", true},
		{"case matters without i", "/viagra/", "VIAGRA", false},
		{"i folds ASCII letters", "/viagra/i", "ViAgRa", true},
		{"i folds classes too", "/[v]i[^b]gra/i", "VIAGRA", true},
		{"a negated class excludes both cases under i", "/x[^a]y/i", "xAy", false},
		{"i folds no bytes beyond ASCII", `/\xe9t/i`, "\xc9T", false},
		{"a byte escape is one byte", `/^caf\xe9$/`, "caf\xe9", true},
		{"a byte escape is not the rune", `/^caf\xe9$/`, "café", false},
		{"UTF-8 in a pattern is its bytes", "/café/", "un café", true},
		{"a dot takes one byte", "/^caf..$/", "café", true},
		{"a dot does not take a line end", "/a.b/", "a\nb", false},
		{"s lets a dot take it", "/a.b/s", "a\nb", true},
		{"invalid UTF-8 stops nothing", "/a..b/", "a\xff\xfeb", true},
		{"the dollar stands before a last newline", "/end$/", "the end\n", true},
		{"the dollar stands at the very end", "/end$/", "the end", true},
		{"the dollar does not stand before two newlines", "/end$/", "the end\n\n", false},
		{"the dollar does not stand at inner line ends", "/one$/", "one\ntwo", false},
		{"m lets it stand there", "/one$/m", "one\ntwo", true},
		{"the hat stands at the start only", "/^two/", "one\ntwo", false},
		{"m lets the hat stand at lines", "/^two/m", "one\ntwo", true},
		{`\z is the very end`, `/end\z/`, "end\n", false},
		{`\Z is as the dollar`, `/end\Z/`, "end\n", true},
		{`\s takes a vertical tab`, `/a\sb/`, "a\vb", true},
		{`\S does not`, `/a\Sb/`, "a\vb", false},
		{`\s in a class takes it`, `/a[\s,]b/`, "a\vb", true},
		{`\h is a blank`, `/a\hb/`, "a\tb", true},
		{`\R is any line end`, `/a\Rb/`, "a\r\nb", true},
		{`\N is no line end`, `/a\Nb/`, "a\nb", false},
		{"x ignores blanks and comments", "/a b # rest\n c/x", "abc", true},
		{"x keeps blanks in classes", "/a[ ]b/x", "a b", true},
		{"x keeps escaped blanks", `/a\ b/x`, "a b", true},
		{"inline flags end with their group", "/a(?:(?i)b)c/", "aBc", true},
		{"inline flags end with their group: after it", "/a(?:(?i)b)c/", "aBC", false},
		{"a group may have flags", "/(?i:A)b/", "ab", true},
		{"a group may take flags off", "/(?-i:a)b/i", "AB", false},
		{"(?^:…) takes all flags off", "/(?^:a)b/i", "Ab", false},
		{"other delimiters", "m{https?://x/y}i", "HTTP://x/y", true},
		{"odd delimiters", "m!a/b!", "a/b", true},
		{"an escaped delimiter", `/a\/b/`, "a/b", true},
		{"a ] may stand first in a class", "/[]x]/", "]", true},
		{"a ] may stand first in a negated class", "/^[^]]$/", "]", false},
		{"ranges of byte escapes", `/[\x80-\xff]/`, "a\xc3", true},
		{"POSIX classes", "/^[[:alpha:]_]+$/", "ab_", true},
		{"negated POSIX classes", "/^[[:^digit:]]$/", "7", false},
		{"a minus at the end of a class", "/[a-]/", "-", true},
		{"a minus before an escape", `/[a-\d]/`, "-", true},
		{"a brace that counts nothing is itself", "/a{,x}/", "a{,x}", true},
		{"counts", "/^a{2,3}$/", "aaaa", false},
		{"lazy repeats", "/a+?b/", "aab", true},
		{`\Q…\E quotes`, `/\Qa.b\E./`, "a.bc", true},
		{`\Q…\E quotes all`, `/\Qa.b\E/`, "axb", false},
		{"octal escapes", `/\101\012/`, "A\n", true},
		{"control escapes", `/\cM\cj/`, "\r\n", true},
		{"named groups are groups", "/(?<n>a|b)c/", "bc", true},
		{"comments are nothing", "/a(?#note)b/", "ab", true},
		{"an escaped letter without meaning is itself", `/\i\_/`, "i_", true},
		{"NUL bytes", `/a\x00b/`, "a\x00b", true},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Errorf("%s: %s: %v", c.name, c.pattern, err)
			continue
		}
		if got := p.Match([]byte(c.text)); got != c.want {
			t.Errorf("%s: %s on %q: got %v; engine has %s", c.name, c.pattern, c.text, got, p.Expr())
		}
		if got := groupMatch(c.text, p) == 1; got != c.want {
			t.Errorf("%s: %s on %q: the group says %v, literals %q", c.name, c.pattern, c.text, got, p.Literals())
		}
	}
}

func TestPatternsBeyondTheEngineAreRefusedWithAReason(t *testing.T) {
	for source, want := range map[string]string{
		"/(?|a)/": "branch reset", "/(?R)/": "recursion", "/(?(1)a)/": "conditional", `/a\Kb/`: `\K`, `/\Ga/`: `\G`, "/(*FAIL)/": "verb",
	} {
		_, err := Compile(source)
		if !errors.Is(err, ErrBacktracking) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want ErrBacktracking with %q", source, err, want)
		}
	}
	for source, want := range map[string]string{
		"/(?{ print })/": "Perl code", `/\X/`: "bytes", `/\p{Foo}/`: "unknown property", "/a{70000}/": "over 65534", `/a\1/`: "has 0 group", `/(?<n>a)\k<m>/`: "no group",
		`/(?<=a+)b/`: "lookbehind", `/(?<!a{300})b/`: "lookbehind", "/a{3,2}/": "backwards", `/\x{zz}/`: "hex", "/a": "closing /", "viagra": "written /like this/",
		"/a/b/": "within the pattern", "/a/q": "unknown flag", "/(a/": "not closed", "/a)/": "unmatched )", "/[a/": "not closed",
		"/[z-a]/": "backwards", "/*a/": "repetition", `/a\/`: "backslash", "/[[:foo:]]/": "unknown class",
		"m": "written /like this/", "/(?y)/": "unknown group", "/" + strings.Repeat("(", 300) + strings.Repeat(")", 300) + "/": "nested",
		"/" + strings.Repeat("a", MaxSource) + "/":             "limit is",
		"/" + strings.Repeat(`(?:a[bc]{1,900}d)|`, 160) + "x/": "instructions",
	} {
		if _, err := Compile(source); err == nil || errors.Is(err, ErrBacktracking) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: got %v, want an error with %q", source, err, want)
		}
	}
}

func TestLiteralsAreFoundInPatterns(t *testing.T) {
	for source, want := range map[string]string{
		"/viagra/i": "viagra", "/cheap (?:meds|pills)/": "cheap meds cheap pills", "/[ck]lick here/i": "click here klick here",
		"/a.*unsubscribe now/": "unsubscribe now", "/(?:foo|ba?r) x+/": "foo br bar", "/x?y?z?/": "", "/(?:abc)+/": "abc",
		"/^dear friend$/": "dear friend", `/\bwire\s+transfer\b/i`: "wire transfer", `/wire\s*transfer/`: "wiretransfer wire transfer", `/at once[ \t]{2,9}act now/`: "at once act now", "/(?:one|t.o)/": "", "/abcdefghijklmnopqrst/": "abcdefghijklmnop",
		"/(?:ab){3}/": "ababab", "/a|/": "",
	} {
		p, err := Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(strings.Fields(strings.Join(p.Literals(), " ")), " ")
		if got != want {
			t.Errorf("%s: literals %q, want %q", source, got, want)
		}
	}
}

// counter is a Sink that counts.
type counter struct {
	want  []int
	found []int
	cut   []bool
	left  time.Duration
}

func newCounter(n, want int) *counter {
	c := &counter{want: make([]int, n), found: make([]int, n), cut: make([]bool, n), left: time.Minute}
	for i := range c.want {
		c.want[i] = want
	}
	return c
}

func (c *counter) Want(i, _ int) int                      { return c.want[i] - c.found[i] }
func (c *counter) Found(i, _, n int)                      { c.found[i] += n }
func (c *counter) Spent(i int, _ time.Duration, cut bool) { c.cut[i] = c.cut[i] || cut }
func (c *counter) Left(int) time.Duration                 { return c.left }

func groupMatch(text string, patterns ...*Pattern) int {
	c := newCounter(len(patterns), 1)
	readied(patterns).Match([]byte(text), &Scratch{}, c)
	n := 0
	for _, f := range c.found {
		n += f
	}
	return n
}

func TestAGroupFindsWhatItsPatternsFindAlone(t *testing.T) {
	sources := []string{`/he\s+he/`, `/he  she/`, `/he  she/i`, `/h\ts/i`, `/h[ \t]s/i`, `/^\s+he/`, `/s\n\nh/`, "/he/", "/she/", "/his/i", "/hers/", "/h.rs/", `/\bher\b/`, "/xyz|she/", "/USHERS/i", "/é/", "/[^h]e/", "/ab(?:cd)?ef/", "/^u/", "/s$/"}
	var patterns []*Pattern
	for _, s := range sources {
		p, err := Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		patterns = append(patterns, p)
	}
	g, scratch := readied(patterns), &Scratch{}
	for _, text := range []string{"ushers", "this HIS", "abef", "abcdef", "", "é", "caf\xe9 she", "USHERS", strings.Repeat("hershe ", 100), "he \t\r\n he", "he she", "he  she", "h s", "h\ts", "h\ns", "\n he", "his\n\nhe", "his\nhe"} {
		c := newCounter(len(patterns), 1)
		g.Match([]byte(text), scratch, c)
		for i, p := range patterns {
			if got, want := c.found[i] > 0, p.Match([]byte(text)); got != want {
				t.Errorf("%s on %q: group %v, alone %v (literals %q)", p.Source, text, got, want, p.Literals())
			}
		}
	}
}

func TestMatchesAreCountedUpToWhatIsWanted(t *testing.T) {
	p, _ := Compile("/a/")
	for want, n := range map[int]int{1: 1, 2: 2, 10: 5} {
		c := newCounter(1, want)
		readied([]*Pattern{p}).Match([]byte("banana a a"), &Scratch{}, c)
		if c.found[0] != n {
			t.Errorf("up to %d: found %d, want %d", want, c.found[0], n)
		}
	}
}

func TestHostilePatternsEnd(t *testing.T) {
	text := bytes.Repeat([]byte("a"), 1<<20)
	t.Run("D19_nested_repeats_on_a_megabyte_of_a_end", func(t *testing.T) {
		p, err := Compile("/(a+)+$/")
		if err != nil {
			t.Fatal(err)
		}
		c := newCounter(1, 1)
		readied([]*Pattern{p}).Match(append(text, '!'), &Scratch{}, c)
		if c.found[0] != 0 || c.cut[0] {
			t.Errorf("(a+)+$ on a…a!: found %d, cut %v", c.found[0], c.cut[0])
		}
	})
	t.Run("D19_a_costly_pattern_is_cut_at_its_limit_and_told", func(t *testing.T) {
		p, err := Compile("/(?:a?){900}a{900}b/")
		if err != nil {
			t.Fatal(err)
		}
		p.branches[0].literals = nil // as a pattern whose literal is there
		c := newCounter(1, 1)
		c.left = 20 * time.Millisecond
		start := time.Now()
		readied([]*Pattern{p}).Match(text, &Scratch{}, c)
		if c.found[0] != 0 || !c.cut[0] {
			t.Errorf("found %d, cut %v: a run that was cut short must be told", c.found[0], c.cut[0])
		}
		if d := time.Since(start); d > 30*time.Second {
			t.Errorf("took %v: the limit did not hold", d)
		}
	})
	t.Run("D19_invalid_UTF8_in_pattern_and_text", func(t *testing.T) {
		p, err := Compile("/\xff\xfe[\x80-\xbf]+x/i")
		if err != nil {
			t.Fatal(err)
		}
		if !p.Match([]byte("..\xff\xfe\x81\x82X")) || p.Match([]byte("\xff\xfex")) {
			t.Error("bytes that are no UTF-8 are not matched as bytes")
		}
	})
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{`/a[b-d]+(?i:x)\s$/ims`, `m{\Qa.b\E\x{e9}|[^]]}x`, `/(?<n>a{2,3}?)\R\h[[:alpha:]\d-]/`, "/é|[à-ü]/i", `/a(?#c)b|\101\cM/`} {
		f.Add(s, []byte("abc aab.b\xe9 xX\r\n"))
	}
	f.Fuzz(func(t *testing.T, source string, text []byte) {
		if len(source) > 500 || len(text) > 2000 {
			return
		}
		p, err := Compile(source)
		if err != nil {
			return
		}
		alone := p.Match(text)
		c := newCounter(1, 1)
		readied([]*Pattern{p}).Match(text, &Scratch{}, c)
		if !c.cut[0] && alone != (c.found[0] > 0) {
			t.Errorf("%q on %q: alone %v, in a group %v; literals %q, engine %s", source, text, alone, !alone, p.Literals(), p.Expr())
		}
	})
}
