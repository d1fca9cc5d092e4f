package bayes

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"

	"weir/filters"
	"weir/message"
	"weir/scoring/bayes"
)

// letters stand for classes in what is stored.
const letters = "-hs"

func letterOf(c filters.Class) byte { return letters[c] }

// ofLetter reads a class's letter; anything else is Unlearned.
func ofLetter(letter byte) filters.Class {
	return filters.Class(max(strings.IndexByte(letters, letter), 0))
}

// ID tells messages apart, wherever a copy comes from: it is a digest of what the author wrote.
type ID [16]byte

// Identify gives a message's ID: that of the fields which tell mails apart, and of all content without its encoding and
// line ends, which gateways and mail programs change.
func Identify(m *message.Message) (id ID) {
	h := sha256.New()
	for _, name := range [...]string{"Message-ID", "Date", "From"} {
		h.Write([]byte(m.Value(name)))
		h.Write([]byte{0})
	}
	for _, p := range m.Parts() {
		if p.Reading > 0 || !p.IsLeaf() {
			continue
		}
		body := p.Body()
		start := 0
		for i, c := range body {
			if c == '\r' || c == '\n' {
				h.Write(body[start:i])
				start = i + 1
			}
		}
		h.Write(body[start:])
		h.Write([]byte{0})
	}
	copy(id[:], h.Sum(nil))
	return id
}

// number is a short form of the ID for the linear model.
func (id ID) number() uint64 { return binary.BigEndian.Uint64(id[:]) }

// Entry is a line of the journal: what a message became, what it was before, who said so, and its features.
type Entry struct {
	ID     ID
	Now    filters.Class // what it is learned as from then on
	Before filters.Class // what it was learned as until then
	Auto   bool          // nobody said so: it was clear from other filters
	Tick   uint64        // nanoseconds since 1970 by the clock of who wrote it: the order of lines of one moment
	Who    string
	Vector bayes.Vector
}

// maxWho bounds the name of who taught, in bytes.
const maxWho = 100

var errEntry = errors.New("bayes: not an entry of the journal")

// entryVersion changes with the form of an entry and with the features.
const entryVersion = 2

// entryHead is the size of what has a fixed one.
const entryHead = 4 + 8 + 16 + 1

// bytes gives the entry's form in the store: version, classes, auto, tick, ID, who with its length before it, vector.
func (e *Entry) bytes() []byte {
	who := e.Who[:min(len(e.Who), maxWho)]
	b := make([]byte, 0, entryHead+len(who)+len(e.Vector))
	auto := byte(0)
	if e.Auto {
		auto = 1
	}
	b = append(b, entryVersion, letterOf(e.Now), letterOf(e.Before), auto)
	b = append(binary.BigEndian.AppendUint64(b, e.Tick), e.ID[:]...)
	b = append(append(b, byte(len(who))), who...)
	return append(b, e.Vector...)
}

// parseEntry reads an entry.
func parseEntry(b []byte) (e Entry, err error) {
	if len(b) < entryHead || b[0] != entryVersion || len(b) < entryHead+int(b[entryHead-1]) {
		return e, errEntry
	}
	e.Now, e.Before, e.Auto = ofLetter(b[1]), ofLetter(b[2]), b[3] == 1
	e.Tick = binary.BigEndian.Uint64(b[4:])
	copy(e.ID[:], b[12:28])
	who := b[entryHead : entryHead+int(b[entryHead-1])]
	e.Who, e.Vector = string(who), bayes.Vector(b[entryHead+len(who):])
	return e, nil
}
