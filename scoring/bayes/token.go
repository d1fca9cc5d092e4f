// Package bayes judges messages by what was learned from others: statistics over hashed features. It sees no mail and
// does no I/O; features come as hashes, what was learned as cells of a table and as a sample of messages.
//
// Two judges work side by side, since they err on different messages:
//
//   - The counts: in how many wanted and unwanted messages a feature was. They are exact, whatever the order of
//     learning, and unlearning takes away what learning added. Each feature gives evidence, the logarithm of how much
//     more often it was in spam, held back where it was seen seldom. The evidence is summed up by kinds (words,
//     pairs of words, links, the form of the header, …), since a hundred words that go together are not a hundred
//     witnesses; a sum grows with the number of its features to the power of 0.3 only.
//   - The linear model: weights fitted by logistic regression to a sample of the messages learned last, in which
//     features that were in one class only are given more room than common ones. It knows what the counts cannot,
//     that features which go together count once. It is fitted anew from the sample whenever that changes, in
//     an order that depends on the sample alone, so that all gateways come to the same weights.
//
// Their sum is a logarithm of odds, calibrated so that of messages judged 0.9 nine of ten are spam. Where little of a
// message is known it is kept within bounds.
package bayes

// Token is a word or another feature of a message, as a hash.
type Token struct {
	Hash uint64
	Kind Kind
}

// Slots is the number of places for features in a table, and Cells that of its cells: two for each slot, for wanted and
// for unwanted messages, and a few for the number of messages. Features that fall into one slot share it.
const (
	slotBits = 20
	Slots    = 1 << slotBits
	Cells    = 2*Slots + 16
)

// The cells that count messages.
const (
	hamCell  = 2 * Slots
	spamCell = 2*Slots + 1
)

// stretch is a part of the slots. Kinds that are alike in number and worth have one for themselves: however many words
// and pairs of words are learned, they do not mix with what is known of relays or markup.
type stretch struct {
	from, size uint32
	emphasis   float64 // of its features in the linear model
	least      uint8   // step of the size of features that were not seen
}

// newStretch makes one; from and size are in sixteenths of the slots.
func newStretch(from, size uint32, emphasis float64) stretch {
	const part = Slots / 16
	return stretch{from: from * part, size: size * part, emphasis: emphasis, least: stepOf(leastSize * emphasis)}
}

// The stretches, and how much their features count in the linear model. What a mail looks like tells less than
// what it says: whole generations of mail programs write alike.
var (
	pairs  = newStretch(0, 9, 1.2)
	words  = newStretch(9, 3, 0.9)
	traits = newStretch(12, 3, 1.5)
	looks  = newStretch(15, 1, 0.4)
)

var stretches = [256]*stretch{
	Pair: &pairs, Word: &words, Origin: &words,
	Title: &traits, TitlePair: &traits, Person: &traits, Value: &traits, Site: &traits, Path: &traits, Relay: &traits,
	Manner: &looks, Field: &looks, Form: &looks, Markup: &looks, Page: &looks, List: &looks,
}

// stretchOf finds the stretch that a slot is in.
func stretchOf(slot uint32) *stretch {
	switch {
	case slot >= looks.from:
		return &looks
	case slot >= traits.from:
		return &traits
	case slot >= words.from:
		return &words
	}
	return &pairs
}

// Slot is the token's place.
func (t Token) Slot() uint32 {
	s := stretches[t.Kind]
	return s.from + uint32(t.Hash>>32*uint64(s.size)>>32)
}

// Kind says where a token is from. Each kind is judged apart before all are put together.
type Kind uint8

// The kinds.
const (
	Word      Kind   = iota // a word of the text that the reader sees
	Pair                    // two words of the text side by side
	Manner                  // how the text is written: capitals, marks, quotes, length
	Title                   // a word of the subject
	TitlePair               // two words of the subject
	Person                  // a word of the author's name
	Origin                  // of the author's and the reply's address: domain, how it is written
	Field                   // which fields the header has, and how their names are written
	Value                   // what stands in them: mailer, form of date and message id
	Form                    // how the message is built of parts
	Site                    // where a link leads: host
	Path                    // how a link is written: path, scheme
	Markup                  // of HTML: elements, attributes
	Page                    // of HTML: numbers of images, links, tricks
	List                    // which mailing list it came through
	Relay                   // which relays
	Kinds     = iota        // their number
)

var kindNames = [Kinds]string{"word", "pair", "manner", "subject", "subject pair", "author", "address",
	"field", "field value", "form", "host", "link", "markup", "page", "list", "relay"}

// String gives the name that people read.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}
