package rules_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"weir/message"
	"weir/rules"
	"weir/rules/view"
	"weir/scoring"
)

// many writes lines with # for their number until there are so many bytes.
func many(line string, size int) string {
	var b strings.Builder
	b.Grow(size + len(line))
	for i := 0; b.Len() < size; i++ {
		b.WriteString(strings.ReplaceAll(line, "#", fmt.Sprint(i)))
	}
	return b.String()
}

const mb = 1 << 20

// bombs are rules files that want memory or time, and what must be said of each; "" they load.
var bombs = map[string]struct {
	file func() string
	want string
}{
	"lines_that_mean_nothing":   {func() string { return many("x\n", mb) }, "a.cf:20000: more than 20000 lines have something wrong"},
	"lines_with_bad_patterns":   {func() string { return many("body R# /(/\n", mb) }, "a.cf:1: body R0: "},
	"ifs_that_do_not_end":       {func() string { return many("if (1)\n", mb) }, "a.cf:1: this if has no endif"},
	"metas_that_need_the_first": {func() string { return "meta R0 R1\n" + chain(60_000) }, "R0 → R1 → R0"},
	"rules_matching_all":        {func() string { return many("meta R# rules_matching(R*)\n", 2*mb) }, ""},
	"rules_matching_stars":      {func() string { return many("meta R# rules_matching("+strings.Repeat("*a", 100)+")\n", 3*mb) }, "a.cf:10047: meta R10046: too many rules_matching()"},
	"metas_of_many_names":       {func() string { return many("meta R# "+strings.Repeat("A || ", 12_000)+"B\n", 24*mb) }, "a.cf:70: meta R69: the metas of all rules have more than 4 MB together"},
	"metas_of_many_other_names": {func() string { return manyNames() }, "the metas of all rules have more than 4 MB together"},
	"deep_parentheses":          {func() string { return "meta R " + strings.Repeat("(", 30_000) + "1" + strings.Repeat(")", 30_000) }, "a.cf:1: meta R: more than 100 nested"},
	"negations":                 {func() string { return "meta R " + strings.Repeat("!", 60_000) + "1" }, "a.cf:1: meta R: more than 100 nested"},
	"tags_that_grow":            {func() string { return tags() + many("body R# /<T3>#/\nreplace_rules R#\n", mb/8) }, "the patterns of all rules have more than 4 MB together"},
	"patterns_of_repeats":       {func() string { return many("body R# /x#(?:a[bc]{1,900}d){30}/\n", mb/4) }, ""},
	"patterns_that_look_around": {func() string { return many("body R# /x#(?=(?:a[bc]{1,900}d){30})/\n", mb/4) }, ""},
	"patterns_of_alternatives":  {func() string { return many("body R# /"+strings.Repeat("ab#|c[de]+|", 5000)+"x/\n", 7*mb/2) }, ""},
	"domains":                   {func() string { return many("util_rb_2tld a#.example b#.example c#.example\n", 24*mb) }, ""},
	"free_mail":                 {func() string { return many("freemail_domains *a#*a*.b c#.example\n", 24*mb) }, "a.cf:1001: freemail_domains: more than 1000 domains with * or ?"},
	"address_lists": {func() string {
		return many("enlist_addrlist (L) *a*a*a*a*a*b#*\n", 16*mb) + "header R eval:check_from_in_list('L')\n"
	}, ""},
	"welcome_lists": {func() string {
		return many("welcomelist_from *a*a*a*a*a*b#*\n", 16*mb) + "header R eval:check_from_in_welcomelist()\n"
	}, ""},
	"welcomed_and_taken_out": {func() string {
		return many("welcomelist_auth x#@a.example\n", 4*mb) + many("unwelcomelist_auth x#@a.example\n", 4*mb)
	}, ""},
	"blocked_and_taken_out": {func() string { return many("blocklist_from *x#*\n", 4*mb) + many("unblocklist_from *x#*\n", 4*mb) }, ""},
	"marks_without_tags": {func() string {
		return "replace_tag A x\n" + many("body R# /"+strings.Repeat("<", 100_000)+"/\nreplace_rules R#\n", 3*mb)
	}, ""},
	"hosts":              {func() string { return many("enlist_uri_host (L) a#.example\n", 16*mb) }, ""},
	"scores":             {func() string { return many("body R# /x/\nscore R# 1\ndescribe R# x\n", 4*mb) }, ""},
	"scores_for_nothing": {func() string { return many("score R# 1\n", 10*mb) }, "a.cf:300001: more than 300000 scores"},
	"tests":              {func() string { return "body R /x/\n" + many("test R ok x#\n", 16*mb) }, ""},
	"redirectors":        {func() string { return many("redirector_pattern /x#/\n", 8*mb) }, "a.cf:1001: redirector_pattern: more than 1000 redirector_patterns"},
	"short_links":        {func() string { return many("url_shortener a#.example\n", 16*mb) }, ""},
	"networks":           {func() string { return many("trusted_networks 10.0.0.#\n", 8*mb) }, ""},
	"dns_lists":          {func() string { return many("urirhssub L# a#.example A 2\nbody R# eval:check_uridnsbl('L#')\n", 8*mb) }, ""},
	"plugins":            {func() string { return many("loadplugin X# y\n", 16*mb) }, ""},
	"names_alike": {func() string {
		return many("body REASONABLY_LONG_NAME_# /x/\n", 2*mb) + many("score REASONABLY_LONG_NAMES_# 1\n", 4*mb)
	}, ""},
	"functions_not_known": {func() string { return many("body R# eval:function_#('x')\n", 4*mb) }, ""},
	"captures":            {func() string { return many("body R# /(?<A#>x)%{A1}/\n", 2*mb) }, ""},
	"header_fields":       {func() string { return many("header R# X-#:addr =~ /x/\n", 3*mb) }, ""},
	"mime_fields":         {func() string { return many("mimeheader R# X-# =~ /x/\n", 3*mb) }, ""},
}

func chain(n int) string {
	var b strings.Builder
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "meta R%d R%d && R0\n", i, i+1)
	}
	return b.String()
}

func manyNames() string {
	var b strings.Builder
	for b.Len() < 24*mb {
		fmt.Fprintf(&b, "meta R%d ", b.Len())
		for range 5000 {
			fmt.Fprintf(&b, "A%d+", b.Len())
		}
		b.WriteString("1\n")
	}
	return b.String()
}

func tags() string {
	return "replace_tag T0 " + strings.Repeat("[a-z]b+", 100) + "\nreplace_tag T1 " + strings.Repeat("<T0>", 20) + "\nreplace_tag T2 " + strings.Repeat("<T1>", 4) + "\nreplace_tag T3 " + strings.Repeat("<T2>", 2) + "\n"
}

// What wants memory or time without bounds is refused by name, and the files are not loaded.
func TestD20BombsAreRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("takes too long for a short run")
	}
	for name, c := range bombs {
		if c.want == "" {
			continue
		}
		t.Run("D20_"+name, func(t *testing.T) {
			_, err := rules.Compile(rules.Options{Offline: true}, rules.File{Name: "a.cf", Data: []byte(c.file())})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %.400v, want %s", err, c.want)
			}
		})
	}
}

// Numbers that are none, and names that would write to a terminal.
func TestD20OddScoresAndNames(t *testing.T) {
	const odd = "a\x1b[2Jb\x00c\xff\u202e"
	for name, line := range map[string]string{
		"D20_score_nan":           "body R /x/\nscore R nan",
		"D20_score_infinite":      "body R /x/\nscore R 1e999",
		"D20_score_huge":          "body R /x/\nscore R 1e308",
		"D20_name_of_a_rule":      "body " + odd + " /x/",
		"D20_name_of_a_score":     "score " + odd + " 1",
		"D20_name_of_a_directive": odd + " x",
		"D20_name_of_a_function":  "body R eval:" + odd + "()",
		"D20_name_of_a_plugin":    "loadplugin " + odd,
		"D20_name_of_a_file":      "include " + odd,
		"D20_if":                  "if (" + odd + ")\nendif",
		"D20_ifplugin":            "ifplugin " + odd + "\nendif",
		"D20_version":             "require_version " + odd,
		"D20_pattern":             "body R /" + odd + "(/",
		"D20_field":               "header R " + odd + " =~ /x/",
		"D20_meta":                "meta R " + odd,
		"D20_tag":                 "replace_rules " + odd,
		"D20_network":             "trusted_networks " + odd,
		"D20_action":              "action R " + odd,
		"D20_shadow":              "shadow R until " + odd,
		"D20_tflags":              "tflags " + odd + " nice",
		"D20_test":                "body R /x/\ntest R " + odd,
		"D20_redirector":          "redirector_pattern " + odd,
		"D20_detail":              "uri_detail R " + odd + " =~ /x/",
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := rules.Compile(rules.Options{Offline: true}, rules.File{Name: "a.cf", Data: []byte(line + "\n")})
			for _, p := range append(s.Fill(&scoring.Table{}), s.Problems()...) {
				if strings.ContainsFunc(p.Error(), func(c rune) bool { return c < ' ' || c == 0x7F || c == utf8.RuneError || c == 0x202e }) {
					t.Errorf("written raw: %q", p.Error())
				}
			}
		})
	}
}

func TestWeighRulesFiles(t *testing.T) {
	only := os.Getenv("WEIR_BOMB")
	if only == "" {
		t.Skip("a tool: set WEIR_BOMB to all, or to a part of a name")
	}
	for name, c := range bombs {
		if only != "all" && !strings.Contains(name, only) {
			continue
		}
		text := c.file()
		runtime.GC()
		peak, done := peakOf()
		start := time.Now()
		s, err := rules.Compile(rules.Options{Offline: true}, rules.File{Name: "a.cf", Data: []byte(text)})
		s.Fill(&scoring.Table{})
		took := time.Since(start)
		start = time.Now()
		m := message.New(message.Envelope{}, message.Options{})
		m.Load([]byte("From: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@a.example\nSubject: x\n\nx http://a.example/\n"))
		_, failed, _ := s.Match(t.Context(), m, view.Facts{}, time.Time{})
		judged := time.Since(start)
		close(done)
		start = time.Now()
		s.Match(t.Context(), m, view.Facts{}, time.Time{})
		again := time.Since(start)
		said := fmt.Sprint(err)
		fmt.Printf("%-28s %5.1f MB: %6d ms, peak %5d MB, a mail %5d ms, again %5d ms, cut %d, %d problems: %.100q\n", name, float64(len(text))/mb, took.Milliseconds(), <-peak, judged.Milliseconds(), again.Milliseconds(), len(failed), len(s.Problems()), said)
	}
}

// peakOf watches the heap until done is closed.
func peakOf() (peak chan uint64, done chan struct{}) {
	peak, done = make(chan uint64, 1), make(chan struct{})
	go func() {
		var most uint64
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc>>20)
			if most > 6000 {
				panic("6 GB")
			}
			select {
			case <-done:
				peak <- most
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return peak, done
}
