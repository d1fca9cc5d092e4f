package relay

import (
	"bufio"
	"strconv"
	"strings"
)

// offers is what a hop said to EHLO or LHLO.
type offers struct {
	Caps
	pipelining bool
	startTLS   bool
}

// readOffers reads the reply to EHLO; a Reply that is not OK comes back as it is.
func readOffers(r *bufio.Reader) (offers, Reply, error) {
	var o offers
	l := lines{r: r}
	first, err := l.next()
	if err != nil {
		return o, Reply{}, err
	}
	rep := Reply{Code: l.code, Text: printable(first)}
	for !l.last {
		line, err := l.next()
		if err != nil {
			return o, Reply{}, err
		}
		o.add(string(line))
	}
	return o, rep, nil
}

// add notes one line; what we can't use is skipped, and so is a keyword with a broken value.
func (o *offers) add(line string) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return
	}
	switch strings.ToUpper(words[0]) {
	case "PIPELINING":
		o.pipelining = true
	case "STARTTLS":
		o.startTLS = true
	case "SIZE":
		o.Sized, o.Size = true, sizeLimit(words[1:])
	case "8BITMIME":
		o.EightBit = true
	case "SMTPUTF8":
		o.SMTPUTF8 = true
	case "DSN":
		o.DSN = true
	case "BINARYMIME":
		o.BinaryMIME = true
	case "XCLIENT":
		o.XCLIENT = attributes(words[1:])
	case "XFORWARD":
		o.XFORWARD = attributes(words[1:])
	}
}

// sizeLimit reads SIZE's value; none, 0 and nonsense mean that no limit is given (RFC 1870 section 3).
func sizeLimit(words []string) int64 {
	if len(words) == 0 {
		return 0
	}
	n, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func attributes(words []string) []string {
	out := make([]string, 0, len(words))
	for _, w := range words {
		out = append(out, strings.ToUpper(w))
	}
	return out
}
