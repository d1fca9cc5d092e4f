// Package body has the functions about the shape of the text: whether the plain and the HTML version of a mail say the same,
// how much of it is blank, how long it is.
package body

import (
	"bytes"
	"regexp"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// New makes the room.
func New() eval.Room { return eval.Functions(bind, "BodyEval") }

func bind(c eval.Call) (eval.Check, error) {
	switch c.Name {
	case "multipart_alternative_difference", "multipart_alternative_difference_count":
		return versions(c)
	case "check_blank_line_ratio":
		return blankLines(c)
	case "tvd_vertical_words":
		return blanks(c)
	case "check_stock_info":
		return stock(c)
	case "check_body_length":
		n, err := args.Needed(c, 0)
		return func(m *view.Mail) int { return args.Yes(float64(len(m.Message.Raw)-m.Header().Body()) <= n) }, err
	case "plaintext_body_length", "plaintext_sig_length", "plaintext_body_sig_ratio":
		return signature(c)
	}
	return nil, eval.ErrUnknown
}

// blankLines binds check_blank_line_ratio(more than, up to, least number of lines): how many of a hundred lines are blank. A
// mail of fewer lines counts as -1.
func blankLines(c eval.Call) (eval.Check, error) {
	r, err := args.Between(c, 0)
	if err != nil {
		return nil, err
	}
	least, err := args.Number(c, 2, 1)
	return func(m *view.Mail) int {
		l := countLines(m)
		ratio := -1.0
		if float64(l.all) >= max(least, 1) {
			ratio = 100 * float64(l.blank) / float64(l.all)
		}
		return args.Yes(r.Above(ratio))
	}, err
}

type linesKey struct{}

type lines struct{ all, blank int }

func countLines(m *view.Mail) lines {
	return view.Once(m, linesKey{}, func() (l lines) {
		for _, chunk := range m.RawBody() {
			for line := range strings.Lines(chunk) {
				l.all++
				if strings.Trim(line, " \t\n\v\f\r") == "" {
					l.blank++
				}
			}
		}
		return l
	})
}

type blanksKey struct{}

// blanks binds tvd_vertical_words(from, below): for how many of a hundred other bytes there is a blank, in the paragraph that
// has most; more blanks than others count as 100.
func blanks(c eval.Call) (eval.Check, error) {
	low, high, err := args.Two(c, 0)
	if high >= 100 {
		high = 101
	}
	return func(m *view.Mail) int {
		most := view.Once(m, blanksKey{}, func() int {
			most := -1
			for _, p := range m.Body() {
				most = max(most, blanksOf(p))
			}
			return most
		})
		return args.Yes(float64(most) >= low && float64(most) < high)
	}, err
}

func blanksOf(paragraph string) int {
	if len(paragraph) <= 5 {
		return -1
	}
	n := strings.Count(paragraph, " ")
	other := len(paragraph) - n
	if n > other || other == 0 {
		return 100
	}
	return 100 * n / other
}

// label finds the words in front of a colon that a line begins with; sort tells those of a stock tip.
var (
	label = regexp.MustCompile(`(?m)^[\s\v]*([^:\s\v][^:\n]{2,29})[\s\v]*:[\s\v]*[^\s\v]`)
	sort  = regexp.MustCompile(`(^trad(?:e|ing)date|company(?:name)?|s[a-z]?(?:t[a-z]?o[a-z]?c[a-z]?k|y[a-z]?m(?:[a-z]?b[a-z]?o[a-z]?l)?)|` +
		`t(?:arget|icker)|(?:opening|current)p(?:rice)?|p(?:rojected|osition)|expectations|weeks?high|marketperformance|` +
		`(?:year|week|month|day|price)(?:target|estimates?)|sector|r(?:ecommendation|ating))$`)
)

type stockKey struct{}

// stock binds check_stock_info(from): how many different lines of a stock tip the first plain text has ("Symbol: …").
func stock(c eval.Call) (eval.Check, error) {
	n, err := args.Needed(c, 0)
	return func(m *view.Mail) int {
		return args.Yes(n == 0 || float64(view.Once(m, stockKey{}, func() int { return stockLines(m) })) >= n)
	}, err
}

func stockLines(m *view.Mail) int {
	t := firstPlain(m)
	if t == nil || bytes.IndexByte(t.Plain, ':') < 0 {
		return 0
	}
	found := map[string]bool{}
	for _, l := range label.FindAllSubmatch(t.Plain, -1) {
		word := strings.Map(letter, strings.ToLower(string(l[1])))
		if w := sort.FindString(word); w != "" {
			found[w] = true
		}
	}
	return len(found)
}

// letter leaves letters of ASCII alone and drops all others.
func letter(c rune) rune {
	if c < 'a' || c > 'z' {
		return -1
	}
	return c
}

// firstPlain gives the text of the first part that is plain text; nil: there is none.
func firstPlain(m *view.Mail) *view.Text {
	for _, t := range m.Texts() {
		if t.Part != nil && t.Part.Type == "text/plain" {
			return t
		}
	}
	return nil
}

// shape is how the first plain text divides: what is written, and what stands behind the line that begins a signature.
type shape struct {
	there      bool
	text, sign float64 // bytes
}

type shapeKey struct{}

// signature binds the functions about how long text and signature are.
func signature(c eval.Call) (eval.Check, error) {
	r, err := args.Between(c, 0)
	return func(m *view.Mail) int {
		s := view.Once(m, shapeKey{}, func() shape { return shapeOf(m) })
		v := s.text
		switch c.Name {
		case "plaintext_sig_length":
			v = s.sign
		case "plaintext_body_sig_ratio":
			v = 1e6
			if s.sign > 0 {
				v = s.text / s.sign
			}
		}
		return args.Yes(s.there && r.Has(v))
	}, err
}

func shapeOf(m *view.Mail) shape {
	for _, p := range m.Parts().Parts {
		if strings.HasPrefix(p.Type, "text/plain") {
			return divide(p.Decoded())
		}
	}
	return shape{}
}

// decoy is how many bytes must follow the line that begins a signature, for it to begin one.
const decoy = 4

// divide finds the last line that begins a signature.
func divide(text []byte) shape {
	s := shape{there: true, text: float64(len(text))}
	for end := len(text); end > 0; {
		start := bytes.LastIndexByte(text[:end-1], '\n') + 1
		stop := end
		if text[end-1] == '\n' {
			stop--
		}
		if dashes(text[start:stop]) && len(text)-stop > decoy {
			s.text, s.sign = float64(start), float64(len(text)-stop)
			return s
		}
		end = start
	}
	return s
}

func dashes(line []byte) bool {
	line = bytes.TrimSuffix(line, []byte("\r"))
	return string(line) == "--" || string(line) == "-- "
}
