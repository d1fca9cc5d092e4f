package bayes

import (
	"strconv"
	"sync"

	"weir/message"
	"weir/scoring/bayes"
)

// The bounds of what is read of one message. Long mail repeats itself, and who stuffs a mail with words of other mail
// (case F02) gets no more of them counted than this.
const (
	maxTokens = 4000     // different tokens
	maxWords  = 1500     // words of the text
	maxSource = 64 << 10 // bytes of HTML source that are looked at for its structure, all parts together
	maxLinks  = 50
	maxParts  = 30
	maxFields = 200
)

// reader collects the tokens of one message. It is used again for the next.
type reader struct {
	tokens []bayes.Token
	seen   [8192]uint64 // the hashes in tokens, by open addressing; 0: free
	source int          // bytes of HTML source that may still be looked at

	texts map[uint64]string // the tokens whose texts are asked for; nil: none, as nearly always
}

var readers = sync.Pool{New: func() any { return &reader{tokens: make([]bayes.Token, 0, maxTokens)} }}

// Tokens calls use with the tokens of a message. They are valid until use returns.
func Tokens(m *message.Message, use func([]bayes.Token)) {
	r := readers.Get().(*reader)
	defer readers.Put(r)
	defer r.clear()
	r.message(m)
	use(r.tokens)
}

// message takes the tokens of all of m, those that tell most for their number first: should there be too many, it is
// words of the text that are left out.
func (r *reader) message(m *message.Message) {
	r.source = maxSource
	r.header(m)
	r.route(m)
	r.parts(m)
	r.links(m)
	text := m.Text()
	r.manner(text)
	r.words(text, maxWords, bayes.Word, bayes.Pair)
}

// clear makes the reader fit for the next message.
func (r *reader) clear() {
	clear(r.seen[:])
	r.tokens, r.texts = r.tokens[:0], nil
}

// full tells that no further token is taken.
func (r *reader) full() bool { return len(r.tokens) >= maxTokens }

// add takes a token, once. what and detail are its text for people.
func (r *reader) add(kind bayes.Kind, h hash, what, detail string) {
	sum := h.sum(kind)
	if r.full() || !r.isNew(sum) {
		return
	}
	r.tokens = append(r.tokens, bayes.Token{Hash: sum, Kind: kind})
	if r.texts != nil {
		r.spell(sum, what, detail)
	}
}

// count takes a token for a number, by its magnitude.
func (r *reader) count(kind bayes.Kind, h hash, what string, n int) {
	h = h.text(what).number(magnitude(n))
	r.add(kind, h, what, "")
	if r.texts != nil {
		r.spell(h.sum(kind), what, strconv.Itoa(n))
	}
}

// spell notes a token's text, if it is asked for.
func (r *reader) spell(sum uint64, what, detail string) {
	if _, wanted := r.texts[sum]; !wanted {
		return
	}
	if detail != "" {
		what += " " + detail
	}
	r.texts[sum] = readable(what)
}

// isNew notes a hash, and tells whether it was not there.
func (r *reader) isNew(sum uint64) bool {
	for i := sum >> 51; ; i = (i + 1) % uint64(len(r.seen)) {
		switch r.seen[i] {
		case sum:
			return false
		case 0:
			r.seen[i] = sum
			return true
		}
	}
}
