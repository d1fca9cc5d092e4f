package dnslist

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Code is an answer that means something, written "127.0.0.4-7 XBL 4 relay": a pattern of the four bytes, a label that
// the symbol ends in ("-": none), the score, and then words. Each byte of a pattern is a number, a range "4-7", "*", or
// "&8" (this bit is set; 255 never fits, since lists use it for refusals).
type Code struct {
	Pattern string
	Label   string  // capitals, digits and _; "" none
	Score   float64 // below 0 on an allow list; 0 for information
	Relay   bool    // "relay": counts for relays further back too, not for the client alone
	Mild    bool    // "mild": does not count where several lists must agree

	octets [4]octet
}

// octet is the pattern of one byte.
type octet struct {
	low, high byte
	bits      byte // one of these is set; 0: any value from low to high
}

func (o octet) fits(b byte) bool {
	if o.bits != 0 {
		return b&o.bits != 0 && b != 255
	}
	return o.low <= b && b <= o.high
}

// Fits tells whether an answer has this code.
func (c *Code) Fits(answer [4]byte) bool {
	for i, o := range c.octets {
		if !o.fits(answer[i]) {
			return false
		}
	}
	return true
}

// UnmarshalText reads a code.
func (c *Code) UnmarshalText(text []byte) error {
	words := strings.Fields(string(text))
	if len(words) < 3 {
		return fmt.Errorf(`%q is no code: write an answer, a label and a score, like "127.0.0.2 SPAM 3" ("-" is no label)`, text)
	}
	var err error
	out := Code{Pattern: words[0], Label: strings.TrimPrefix(words[1], "-")}
	if out.octets, err = pattern(words[0]); err != nil {
		return err
	}
	if out.Score, err = strconv.ParseFloat(words[2], 64); err != nil || math.IsNaN(out.Score) || math.Abs(out.Score) > 20 {
		return fmt.Errorf("%q: the score %q must be a number from -20 to 20", text, words[2])
	}
	if !isLabel(out.Label) {
		return fmt.Errorf("%q: the label %q must be made of capitals, digits and _, or be -", text, words[1])
	}
	for _, w := range words[3:] {
		switch w {
		case "relay":
			out.Relay = true
		case "mild":
			out.Mild = true
		default:
			return fmt.Errorf("%q: unknown word %q; there are relay and mild", text, w)
		}
	}
	*c = out
	return nil
}

// MarshalText writes the code as UnmarshalText reads it.
func (c Code) MarshalText() ([]byte, error) {
	label := c.Label
	if label == "" {
		label = "-"
	}
	out := fmt.Appendf(nil, "%s %s %s", c.Pattern, label, strconv.FormatFloat(c.Score, 'f', -1, 64))
	if c.Relay {
		out = append(out, " relay"...)
	}
	if c.Mild {
		out = append(out, " mild"...)
	}
	return out, nil
}

func isLabel(s string) bool {
	return len(s) <= 24 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

func pattern(s string) (out [4]octet, err error) {
	steps := strings.Split(s, ".")
	if len(steps) != 4 || steps[0] != "127" {
		return out, fmt.Errorf(`%q is no answer of a list: write four bytes that begin with 127, like "127.0.0.2", "127.0.0.4-7", "127.0.*.3" or "127.0.0.&8"`, s)
	}
	for i, step := range steps {
		if out[i], err = parseOctet(step); err != nil {
			return out, fmt.Errorf("%q: %w", s, err)
		}
	}
	return out, nil
}

func parseOctet(s string) (octet, error) {
	if s == "*" {
		return octet{low: 0, high: 255}, nil
	}
	if bits, ok := strings.CutPrefix(s, "&"); ok {
		n, err := strconv.ParseUint(bits, 10, 8)
		if err != nil || n == 0 {
			return octet{}, fmt.Errorf("%q is no bit: write &1, &2, &4 … &128, or a sum of them", s)
		}
		return octet{bits: byte(n)}, nil
	}
	from, to, ranged := strings.Cut(s, "-")
	if !ranged {
		to = from
	}
	low, err := strconv.ParseUint(from, 10, 8)
	high, err2 := strconv.ParseUint(to, 10, 8)
	if err != nil || err2 != nil || low > high {
		return octet{}, fmt.Errorf("%q is no byte: write a number from 0 to 255, a range like 4-7, * or &8", s)
	}
	return octet{low: byte(low), high: byte(high)}, nil
}

// mustCode is for codes that are shipped.
func mustCode(text string) Code {
	var c Code
	if err := c.UnmarshalText([]byte(text)); err != nil {
		panic("dnslist: " + err.Error())
	}
	return c
}

// Codes reads codes that are shipped; it panics where one can't be read.
func Codes(texts ...string) []Code {
	list := make([]Code, len(texts))
	for i, text := range texts {
		list[i] = mustCode(text)
	}
	return list
}
